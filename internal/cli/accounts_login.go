package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/netsuite"
)

// browserLogin are the flags of accounts login.
type browserLogin struct {
	in                       installation
	clientID, redirect, path string
}

// defaultRedirect is an address that NetSuite allows without https. Nothing has to answer there.
const defaultRedirect = "http://localhost/counterpunch"

func newAccountsLogin() *cobra.Command {
	var l browserLogin
	cmd := &cobra.Command{
		Use: "login NAME", Short: "Sign in to an account with a browser, for a trial of seven days", Args: exactly("NAME"),
		Long: `Signs a person in to the account NAME with a browser (OAuth 2.0 authorization code grant with PKCE), for trials and the
command line. After seven days the person has to do it again, so a worker takes client credentials instead:
counterpunch accounts certificate.

The integration record needs: Authorization Code Grant, Public Client, scope REST Web Services, and the redirect URI.
The role needs: Log in using OAuth 2.0 Access Tokens. The command prints an address; open it, allow the access, and
paste the address to which the browser is sent. That the page does not load is as it should be.`,
		RunE: func(cmd *cobra.Command, args []string) error { return l.run(cmd, args[0]) },
	}
	l.in.fileFlag(cmd)
	fl := cmd.Flags()
	fl.StringVar(&l.clientID, "client-id", "", "client `id` of the integration record; the configuration's when left out")
	fl.StringVar(&l.redirect, "redirect-uri", defaultRedirect, "`address` as it stands on the integration record")
	fl.StringVar(&l.path, "dir", "", "`folder` for the file with the tokens; the configuration's when left out")
	return cmd
}

func (l *browserLogin) run(cmd *cobra.Command, name string) error {
	_, a, err := l.in.loadAccount(name)
	if err != nil {
		return err
	}
	login := netsuite.BrowserLogin{ClientID: a.NetSuite.Login.ClientID, File: a.NetSuite.Login.TokenFile}
	if l.clientID != "" {
		login.ClientID = l.clientID
	}
	if l.path != "" {
		login.File = filepath.Join(l.path, name+".login.json")
	}
	if login.ClientID == "" || login.File == "" {
		return usagef("give --client-id of the integration record and --dir for the file with the tokens")
	}
	client, err := app.NewClient(*a, func(o *netsuite.Options) { o.Credentials = login })
	if err != nil {
		return usageError{err}
	}
	defer client.Close()
	request := client.SignInRequest(login, l.redirect)
	fmt.Fprintf(cmd.ErrOrStderr(), "Open this address, sign in and allow the access:\n\n%s\n\nThen paste the address to which the browser is sent: ", request.URL)
	address, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 16<<10)).ReadString('\n')
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("nothing was done: read the address: %w", err)
	}
	if strings.TrimSpace(address) == "" {
		return refusedError{errors.New("nothing was done: no address was pasted")}
	}
	if err := client.SignIn(cmd.Context(), request, address); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), `%s	signed in until %s
The file %s is as good as a password. In the configuration:

netsuite:
  account: %s
  oauth2_login: {client_id: %q, token_file: %q}
`, name, stamp(time.Now().Add(netsuite.LoginLife)), login.File, a.NetSuite.Account, login.ClientID, login.File)
	return err
}

// loginWarning is how long after a sign-in people are told that it ends.
const loginWarning = 5 * 24 * time.Hour

// warnOfEnd says from the fifth day on when a person has to sign in again.
func warnOfEnd(cmd *cobra.Command, a *config.Account, now time.Time) {
	l := a.NetSuite.Login
	if l.IsZero() {
		return
	}
	ends, err := netsuite.BrowserLogin{ClientID: l.ClientID, File: l.TokenFile}.Ends()
	if err == nil && now.After(ends.Add(loginWarning-netsuite.LoginLife)) {
		warn(cmd, "the sign-in of account %s ends at %s: sign in again with counterpunch accounts login %s", a.Name, stamp(ends), a.Name)
	}
}
