package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/netsuite"
)

// shownField is a line of netsuite metadata.
type shownField struct {
	Sublist  string `json:"sublist,omitempty"`
	Name     string `json:"name"`
	Title    string `json:"title,omitempty"`
	Type     string `json:"type"`
	Format   string `json:"format,omitempty"`
	Custom   bool   `json:"custom"`
	ReadOnly bool   `json:"readOnly"`
}

func newNetSuiteMetadata() *cobra.Command {
	var n connection
	var asSchema bool
	cmd := &cobra.Command{
		Use: "metadata [TYPE]", Short: "List the record types, or the fields of one with this account's custom fields",
		Args: arguments(0, 1, "one TYPE or none"),
		RunE: n.run(func(cmd *cobra.Command, client *netsuite.Client, args []string) error {
			switch {
			case len(args) == 0:
				return listTypes(cmd, client, &n.out)
			case asSchema:
				raw, err := client.Schema(cmd.Context(), args[0])
				if err != nil {
					return called(err)
				}
				return printRaw(cmd.OutOrStdout(), raw)
			}
			return listFields(cmd, client, &n.out, args[0])
		}),
	}
	n.flags(cmd, asTable, asJSON, asCSV)
	cmd.Flags().BoolVar(&asSchema, "json-schema", false, "the JSON Schema as NetSuite gives it")
	before(cmd, func(args []string) error {
		if asSchema && len(args) == 0 {
			return usagef("--json-schema needs a TYPE")
		}
		return nil
	})
	return cmd
}

func listTypes(cmd *cobra.Command, client *netsuite.Client, out *output) error {
	types, err := client.RecordTypes(cmd.Context())
	if err != nil {
		return called(err)
	}
	rows := make([][]string, len(types))
	for i, t := range types {
		rows[i] = []string{t}
	}
	return out.rows(cmd, list(types), []string{"type"}, rows)
}

func listFields(cmd *cobra.Command, client *netsuite.Client, out *output, typ string) error {
	fields, err := client.Fields(cmd.Context(), typ)
	if err != nil {
		return called(err)
	}
	all := make([]shownField, len(fields))
	rows := make([][]string, len(fields))
	for i, f := range fields {
		all[i] = shownField{f.List, f.Name, f.Title, f.Type, f.Format, f.Custom, f.ReadOnly}
		kind := f.Type
		if f.Format != "" {
			kind += " (" + f.Format + ")"
		}
		var notes []string
		if f.Custom {
			notes = append(notes, "custom")
		}
		if f.ReadOnly {
			notes = append(notes, "read-only")
		}
		rows[i] = []string{f.List, f.Name, f.Title, kind, strings.Join(notes, " ")}
	}
	return out.rows(cmd, all, []string{"sublist", "field", "title", "type", "note"}, rows)
}
