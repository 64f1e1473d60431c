package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// before has the command line checked before anything is done, after the checks that it has already.
func before(cmd *cobra.Command, check func(args []string) error) {
	earlier := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if earlier != nil {
			if err := earlier(cmd, args); err != nil {
				return err
			}
		}
		return check(args)
	}
}

// needs has the command line refused, in the words given, while a flag is blank that people will read later.
func needs(cmd *cobra.Command, name, refusal string) {
	before(cmd, func([]string) error {
		if blank(cmd.Flag(name).Value.String()) {
			return usagef("%s", refusal)
		}
		return nil
	})
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// wordFlag adds a flag that takes one of a few words, which the shell completes. What at holds is the default.
func wordFlag[T ~string](cmd *cobra.Command, at *T, name, short, usage string, words ...T) {
	cmd.Flags().VarP(word[T]{at, words}, name, short, usage)
	// The only error is a flag that the command does not have.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(texts(words), cobra.ShellCompDirectiveNoFileComp))
}

// word is the value of such a flag.
type word[T ~string] struct {
	at    *T
	words []T
}

func (w word[T]) String() string { return string(*w.at) }

func (w word[T]) Type() string { return "string" }

func (w word[T]) Set(text string) error {
	if !slices.Contains(w.words, T(text)) {
		return fmt.Errorf("give %s", either(w.words))
	}
	*w.at = T(text)
	return nil
}

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// either lists alternatives: a, b or c.
func either[T ~string](words []T) string {
	all := texts(words)
	last := len(all) - 1
	if last < 1 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:last], ", ") + " or " + all[last]
}
