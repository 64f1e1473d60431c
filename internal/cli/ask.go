package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// confirm asks on the terminal, unless yes is set.
func confirm(cmd *cobra.Command, yes bool, format string, args ...any) error {
	if yes {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), format+" [y/N] ", args...)
	answer, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	switch {
	case cmd.Context().Err() != nil:
		return fmt.Errorf("nothing was done: %w", cmd.Context().Err())
	case err != nil && !errors.Is(err, io.EOF):
		return refusedError{fmt.Errorf("nothing was done: read the answer: %w; give --yes to go on without asking", err)}
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return refusedError{errors.New("nothing was done: not confirmed; --yes goes on without asking")}
}
