package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/queue"
)

func newAccounts() *cobra.Command {
	return group("accounts", "Set up NetSuite accounts, look at them, hold and resume them, change their lanes",
		newAccountsList(), newAccountsHold(), newAccountsResume(), newAccountsLanes(),
		newAccountsAdd(), newAccountsDoctor(), newAccountsPermissions(), newAccountsFields(), newAccountsCertificate(),
		newAccountsLogin())
}

// shownAccount is a line of accounts ls.
type shownAccount struct {
	Account     string           `json:"account"`
	Credential  queue.Credential `json:"credential"`
	Held        bool             `json:"held"`
	Reason      string           `json:"reason,omitempty"`
	By          string           `json:"by,omitempty"`
	Since       time.Time        `json:"since,omitzero"`
	Waiting     int              `json:"waiting"`
	Working     int              `json:"working"`
	Oldest      time.Time        `json:"oldest,omitzero"` // of those two
	Parked      int              `json:"parked"`
	PastDue     int              `json:"pastDue"` // of the parked
	DeadLetters int              `json:"deadLetters"`
	Lanes       int              `json:"lanes"`
}

func newAccountsList() *cobra.Command {
	var s session
	var again watch
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the accounts with their queue, hold and credential state", Args: exactly(),
		RunE: s.run(func(cmd *cobra.Command, _ []string) error {
			return again.run(cmd, func() error { return s.listAccounts(cmd) })
		}),
	}
	s.flags(cmd)
	again.flags(cmd)
	return cmd
}

func (s *session) listAccounts(cmd *cobra.Command) error {
	counts, err := s.queue.Counts(cmd.Context())
	if err != nil {
		return fmt.Errorf("count what is parked and dead-lettered: %w", err)
	}
	var all []shownAccount
	g := newGrid("account", "credential", "held", "waiting", "working", "oldest", "parked", "dead letters", "lanes", "since", "by~", "reason~")
	for _, configured := range s.cfg.Accounts {
		a, err := readAccount(cmd.Context(), s.queue, configured.Name, counts)
		if err != nil {
			return err
		}
		all = append(all, a)
		parked := strconv.Itoa(a.Parked)
		if a.PastDue > 0 {
			parked += fmt.Sprintf(" (%d past due)", a.PastDue)
		}
		held := "no"
		if a.Held {
			held = "yes"
		}
		g.add(a.Account, a.Credential, held, a.Waiting, a.Working, age(a.Oldest), parked, a.DeadLetters, a.Lanes, age(a.Since), a.By, short(a.Reason, 80))
	}
	return s.out.print(cmd, list(all), g)
}

func readAccount(ctx context.Context, q *queue.Queue, name string, counts queue.Counts) (shownAccount, error) {
	st, _, err := q.Accounts().Get(ctx, name)
	if err != nil {
		return shownAccount{}, fmt.Errorf("read the state of account %s: %w", name, err)
	}
	depth, err := q.Depth(ctx, name)
	if err != nil {
		return shownAccount{}, fmt.Errorf("read the queue of account %s: %w", name, err)
	}
	if st.Credential == "" {
		st.Credential = queue.CredentialUnproven
	}
	s := shownAccount{
		Account: name, Credential: st.Credential, Held: st.Held, Reason: st.Reason, By: st.By, Since: st.Since,
		Waiting: depth.Waiting, Working: depth.Working, Oldest: depth.Oldest, Lanes: st.Lanes, PastDue: counts.PastDue[name],
	}
	for key, n := range counts.Parked {
		if key.Account == name {
			s.Parked += n
		}
	}
	for key, n := range counts.DeadLetters {
		if key.Account == name {
			s.DeadLetters += n
		}
	}
	return s, nil
}

func newAccountsHold() *cobra.Command {
	var why string
	cmd := newAccountsChange("hold ACCOUNT", "Stop the workers' calls to an account's NetSuite; documents wait", func(st *queue.AccountState, _ []string) (string, error) {
		text, reason := "held: nothing is called until accounts resume; documents are still accepted", why
		if st.Held && st.Reason != why {
			// One resume ends both, and whoever gives it has to know of both.
			text, reason = "was already held by "+st.By+"; "+text, st.Reason+" ("+st.By+"); "+why
		}
		st.Held, st.Reason = true, reason
		return text, nil
	}, "ACCOUNT")
	cmd.Flags().StringVar(&why, "reason", "", "why, for everybody who looks")
	needs(cmd, "reason", "holding an account needs --reason, which everybody sees")
	return cmd
}

func newAccountsResume() *cobra.Command {
	var why string
	cmd := newAccountsChange("resume ACCOUNT", "End a hold, and try a held credential again with one call", func(st *queue.AccountState, _ []string) (string, error) {
		if !st.Held && st.Credential == queue.CredentialProven {
			return "was not held", nil
		}
		text := "resumed"
		if st.Held {
			text += ", was held by " + st.By + ": " + st.Reason
		}
		st.Held, st.Reason = false, why
		if st.Credential != queue.CredentialProven {
			st.Credential = queue.CredentialUnproven
			text += "; one document tries the credential first"
		}
		return text, nil
	}, "ACCOUNT")
	cmd.Flags().StringVar(&why, "reason", "", "why, for everybody who looks")
	return cmd
}

func newAccountsLanes() *cobra.Command {
	return newAccountsChange("lanes ACCOUNT N", "Change how many documents of an account are worked on at once", func(st *queue.AccountState, args []string) (string, error) {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 || n > queue.MaxLanes {
			return "", usagef("lanes %s: give a number from 1 to %d; NetSuite allows 5 to 20 calls at once", args[1], queue.MaxLanes)
		}
		before := st.Lanes
		st.SetLanes(n)
		text := fmt.Sprintf("%d lanes, before %d; workers that run take it up", n, before)
		if n < before {
			text += ", and what waits in the others is still worked on"
		}
		return text, nil
	}, "ACCOUNT", "N")
}

// newAccountsChange returns a command that changes an account's shared state. change says in words what it did.
func newAccountsChange(use, short string, change func(st *queue.AccountState, args []string) (string, error), names ...string) *cobra.Command {
	var s session
	cmd := &cobra.Command{
		Use: use, Short: short, Args: exactly(names...),
		RunE: s.run(func(cmd *cobra.Command, args []string) error {
			account, err := s.in.account(s.cfg, args[0])
			if err != nil {
				return err
			}
			var did string
			err = s.queue.Accounts().Update(cmd.Context(), account.Name, func(st *queue.AccountState) error {
				before := *st
				if did, err = change(st, args); err != nil {
					return err
				}
				// They say who held it, and since when; the number of lanes has no part in that.
				if st.Held != before.Held || st.Reason != before.Reason || st.Credential != before.Credential {
					st.By, st.Since = actor(), time.Now().UTC()
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("change account %s: %w", account.Name, err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", account.Name, did)
			return err
		}),
	}
	s.in.flags(cmd)
	return cmd
}
