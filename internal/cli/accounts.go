package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"counterpunch/internal/config"
	"counterpunch/internal/queue"
)

func newAccounts() *cobra.Command {
	return group("accounts", "Look at NetSuite accounts, hold and resume them", newAccountsList(), newAccountsHold(), newAccountsResume())
}

// shownAccount is a line of accounts ls.
type shownAccount struct {
	Account    string           `json:"account"`
	Credential queue.Credential `json:"credential"`
	Held       bool             `json:"held"`
	Reason     string           `json:"reason,omitempty"`
	By         string           `json:"by,omitempty"`
	Since      time.Time        `json:"since,omitzero"`
	Waiting    int              `json:"waiting"`
	Working    int              `json:"working"`
	Oldest     time.Time        `json:"oldest,omitzero"`
	Lanes      int              `json:"lanes"`
}

func newAccountsList() *cobra.Command {
	var in installation
	var out output
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the accounts with their queue, hold and credential state", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(in.path, config.NoSecrets)
			if err != nil {
				return usageError{err}
			}
			q, done, err := in.open(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			var all []shownAccount
			for _, a := range cfg.Accounts {
				st, _, err := q.Accounts().Get(cmd.Context(), a.Name)
				if err != nil {
					return fmt.Errorf("read the state of account %s: %w", a.Name, err)
				}
				depth, err := q.Depth(cmd.Context(), a.Name)
				if err != nil {
					return fmt.Errorf("read the queue of account %s: %w", a.Name, err)
				}
				all = append(all, shownAccount{
					Account: a.Name, Credential: st.Credential, Held: st.Held, Reason: st.Reason, By: st.By, Since: st.Since,
					Waiting: depth.Waiting, Working: depth.Working, Oldest: depth.Oldest, Lanes: st.Lanes,
				})
			}
			header := table.Row{"account", "credential", "held", "waiting", "working", "oldest", "lanes", "since", "reason"}
			return out.print(cmd.OutOrStdout(), all, header, func(t table.Writer) {
				for _, a := range all {
					t.AppendRow(table.Row{a.Account, a.Credential, a.Held, a.Waiting, a.Working, age(a.Oldest), a.Lanes, age(a.Since), short(a.Reason, 80)})
				}
			})
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	return cmd
}

func newAccountsHold() *cobra.Command {
	return newAccountsChange("hold ACCOUNT", "Stop every call to an account's NetSuite; documents wait", "held",
		func(st *queue.AccountState, why string) error {
			if why == "" {
				return usageError{errors.New("holding an account needs --reason, which everybody sees")}
			}
			st.Held, st.Reason = true, why
			return nil
		})
}

func newAccountsResume() *cobra.Command {
	return newAccountsChange("resume ACCOUNT", "End a hold, and try a held credential again with one call", "resumed",
		func(st *queue.AccountState, why string) error {
			st.Held, st.Reason = false, why
			if st.Credential != queue.CredentialProven {
				st.Credential = queue.CredentialUnproven
			}
			return nil
		})
}

func newAccountsChange(use, short, done string, change func(*queue.AccountState, string) error) *cobra.Command {
	var in installation
	var why string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: exactly("ACCOUNT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := config.Load(in.path, config.NoSecrets)
			if err != nil {
				return usageError{err}
			}
			if _, ok := cfg.Account(args[0]); !ok {
				return fmt.Errorf("account %s is not in %s: %w", args[0], in.path, queue.ErrNotFound)
			}
			q, closeQueue, err := in.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeQueue()
			err = q.Accounts().Update(cmd.Context(), args[0], func(st *queue.AccountState) error {
				st.By, st.Since = actor(), time.Now().UTC()
				return change(st, why)
			})
			if err != nil {
				return fmt.Errorf("change account %s: %w", args[0], err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", args[0], done)
			return err
		},
	}
	in.flag(cmd)
	cmd.Flags().StringVar(&why, "reason", "", "why, for everybody who looks")
	return cmd
}
