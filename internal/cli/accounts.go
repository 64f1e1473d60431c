package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/config"
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
	var in installation
	var out output
	var again watch
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the accounts with their queue, hold and credential state", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			cfg, q, done, err := in.open(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			return again.run(cmd, func() error { return listAccounts(cmd, cfg, q, &out) })
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	again.flags(cmd)
	return cmd
}

func listAccounts(cmd *cobra.Command, cfg *config.Config, q *queue.Queue, out *output) error {
	counts, err := q.Counts(cmd.Context())
	if err != nil {
		return fmt.Errorf("count what is parked and dead-lettered: %w", err)
	}
	var all []shownAccount
	g := newGrid("account", "credential", "held", "waiting", "working", "oldest", "parked", "dead letters", "lanes", "since", "by~", "reason~")
	for _, a := range cfg.Accounts {
		s, err := readAccount(cmd.Context(), q, a.Name, counts)
		if err != nil {
			return err
		}
		all = append(all, s)
		parked := strconv.Itoa(s.Parked)
		if s.PastDue > 0 {
			parked += fmt.Sprintf(" (%d past due)", s.PastDue)
		}
		held := "no"
		if s.Held {
			held = "yes"
		}
		g.add(s.Account, s.Credential, held, s.Waiting, s.Working, age(s.Oldest), parked, s.DeadLetters, s.Lanes, age(s.Since), s.By, short(s.Reason, 80))
	}
	return out.print(cmd.OutOrStdout(), list(all), g)
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
		if why == "" {
			return "", usageError{errors.New("holding an account needs --reason, which everybody sees")}
		}
		text, reason := "held: nothing is called until accounts resume; documents are still accepted", why
		if st.Held && st.Reason != why {
			// One resume ends both, and whoever gives it has to know of both.
			text, reason = "was already held by "+st.By+"; "+text, st.Reason+" ("+st.By+"); "+why
		}
		st.Held, st.Reason = true, reason
		return text, nil
	}, "ACCOUNT")
	cmd.Flags().StringVar(&why, "reason", "", "why, for everybody who looks")
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
			return "", usageError{fmt.Errorf("lanes %s: give a number from 1 to %d; NetSuite allows 5 to 20 calls at once", args[1], queue.MaxLanes)}
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
	var in installation
	cmd := &cobra.Command{
		Use: use, Short: short, Args: exactly(names...),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, q, done, err := in.open(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			if _, ok := cfg.Account(args[0]); !ok {
				return in.noAccount(cfg, args[0])
			}
			var did string
			err = q.Accounts().Update(cmd.Context(), args[0], func(st *queue.AccountState) error {
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
				return fmt.Errorf("change account %s: %w", args[0], err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", args[0], did)
			return err
		},
	}
	in.flag(cmd)
	return cmd
}
