package cli

import (
	"github.com/spf13/cobra"

	"counterpunch/internal/document"
	"counterpunch/schemas"
)

func newDocumentsSchema() *cobra.Command {
	return &cobra.Command{
		Use: "schema KIND", Short: "Print the JSON Schema of the events of one kind of document", Args: exactly("KIND"),
		Long: "Print the JSON Schema (2020-12) of the data of the events that carry documents of one kind:\n" +
			"order-confirmation, ship-notice or invoice.",
		ValidArgs: kindWords(),
		RunE: func(cmd *cobra.Command, args []string) error {
			schema, ok := schemas.JSON(document.Kind(args[0]))
			if !ok {
				return usagef("%q is no kind of document: give one of %v", args[0], document.Kinds())
			}
			_, err := cmd.OutOrStdout().Write(schema)
			return err
		},
	}
}

// kindWords are the kinds for the shell's completion.
func kindWords() []cobra.Completion {
	var words []cobra.Completion
	for _, k := range document.Kinds() {
		words = append(words, string(k))
	}
	return words
}
