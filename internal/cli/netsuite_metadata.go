package cli

import (
	"errors"
	"fmt"
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
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("%s takes one TYPE or none, got %d argument(s); try %s --help", cmd.CommandPath(), len(args), cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if asSchema && len(args) == 0 {
				return usageError{errors.New("--json-schema needs a TYPE")}
			}
			return n.with(cmd, func(client *netsuite.Client) error {
				switch {
				case len(args) == 0:
					return listTypes(cmd, client, n.format)
				case asSchema:
					raw, err := client.Schema(cmd.Context(), args[0])
					if err != nil {
						return called(err)
					}
					return printRaw(cmd.OutOrStdout(), raw)
				}
				return listFields(cmd, client, n.format, args[0])
			})
		},
	}
	n.flags(cmd, asTable, asJSON, asCSV)
	cmd.Flags().BoolVar(&asSchema, "json-schema", false, "the JSON Schema as NetSuite gives it")
	return cmd
}

func listTypes(cmd *cobra.Command, client *netsuite.Client, format string) error {
	types, err := client.RecordTypes(cmd.Context())
	if err != nil {
		return called(err)
	}
	if format == asJSON {
		return printJSON(cmd.OutOrStdout(), list(types))
	}
	rows := make([][]string, len(types))
	for i, t := range types {
		rows[i] = []string{t}
	}
	return printRows(cmd.OutOrStdout(), format, []string{"type"}, rows)
}

func listFields(cmd *cobra.Command, client *netsuite.Client, format, typ string) error {
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
	if format == asJSON {
		return printJSON(cmd.OutOrStdout(), all)
	}
	return printRows(cmd.OutOrStdout(), format, []string{"sublist", "field", "title", "type", "note"}, rows)
}
