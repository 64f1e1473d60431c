package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/netsuite"
)

const replaceHelp = "sublists that the body gives whole, separated by commas: their other lines are removed"

func newNetSuiteCreate() *cobra.Command {
	var w writing
	cmd := &cobra.Command{
		Use: "create TYPE [FIELD=VALUE]...", Short: "Make a record", Args: arguments(1, -1, "TYPE and fields"), Long: "Make a record.\n" + bodyHelp,
		Example: "  counterpunch netsuite create vendorBill -f bill.json\n  counterpunch netsuite create vendorBill entity.id=501 tranId=INV-1 tranDate=2026-09-02 'expense:={\"items\":[{\"account\":{\"id\":\"610\"},\"amount\":5}]}'",
		RunE: w.run(1, "", func(cmd *cobra.Command, client *netsuite.Client, args []string, body json.RawMessage) error {
			id, err := client.Create(cmd.Context(), args[0], body)
			if err != nil {
				return called(err)
			}
			return w.out.written(cmd, written{args[0], id, "created"})
		}),
	}
	w.flags(cmd)
	return cmd
}

func newNetSuiteUpdate() *cobra.Command {
	var w writing
	var o netsuite.ChangeOptions
	cmd := &cobra.Command{
		Use: "update TYPE ID [FIELD=VALUE]...", Short: "Change fields and lines of a record", Args: arguments(2, -1, "TYPE ID and fields"),
		Long: "Change fields and lines of a record.\n" + bodyHelp + "\n\n" +
			"NetSuite adds a line whose key it does not know. So when the body has lines, the record is read first, and a line\n" +
			"without a key \"line\" that is there is refused before anything is sent; --replace gives a sublist whole.",
		Example: "  counterpunch netsuite update purchaseOrder 7001 memo='called the supplier'\n  counterpunch netsuite update purchaseOrder 7001 -d '{\"item\":{\"items\":[{\"line\":1,\"expectedReceiptDate\":\"2026-10-01\"}]}}'",
		RunE: w.run(2, "", func(cmd *cobra.Command, client *netsuite.Client, args []string, body json.RawMessage) error {
			if err := client.Change(cmd.Context(), args[0], args[1], body, o); err != nil {
				return called(err)
			}
			return w.out.written(cmd, written{args[0], args[1], "changed"})
		}),
	}
	w.flags(cmd)
	changeFlags(cmd, &o)
	return cmd
}

func changeFlags(cmd *cobra.Command, o *netsuite.ChangeOptions) {
	cmd.Flags().StringSliceVar(&o.Replace, "replace", nil, replaceHelp)
	cmd.Flags().BoolVar(&o.ReplaceSelectedFields, "replace-selected-fields", false, "the given values of multiple selects are the only ones, in place of being added")
}

func newNetSuiteUpsert() *cobra.Command {
	var w writing
	var o netsuite.ChangeOptions
	cmd := &cobra.Command{
		Use: "upsert TYPE eid:X [FIELD=VALUE]...", Short: "Make the record with an external id, or change it", Args: arguments(2, -1, "TYPE eid:X and fields"),
		Long: "Make the record with an external id, or change it when it is there.\n" + bodyHelp + "\n\n" +
			"NetSuite adds lines without a key to a record that is there, so that a repeated upsert would double them. So when the\n" +
			"body has such lines, the record is looked up first, and refused if it is there; --replace gives a sublist whole.",
		RunE: w.run(2, "", func(cmd *cobra.Command, client *netsuite.Client, args []string, body json.RawMessage) error {
			if err := doublesNothing(cmd, client, args[0], args[1], netsuite.AddedLines(body, o.Replace)); err != nil {
				return err
			}
			id, err := client.Upsert(cmd.Context(), args[0], args[1], body, o)
			if err != nil {
				return called(err)
			}
			return w.out.written(cmd, written{args[0], id, "upserted"})
		}),
	}
	w.flags(cmd)
	changeFlags(cmd, &o)
	return cmd
}

// doublesNothing refuses to add lines without a key to a record that is there: a repeated upsert would have them twice.
func doublesNothing(cmd *cobra.Command, client *netsuite.Client, typ, id string, added []string) error {
	if len(added) == 0 {
		return nil
	}
	_, err := client.Get(cmd.Context(), typ, id, netsuite.GetOptions{})
	switch {
	case netsuite.ClassOf(err) == netsuite.NotFound:
		return nil
	case err != nil:
		return called(err)
	}
	return usageError{fmt.Errorf("%s %s is there, and NetSuite would add the lines that have no key to those that it has; to give them whole: --replace %s",
		typ, id, strings.Join(added, ","))}
}

func newNetSuiteDelete() *cobra.Command {
	var n connection
	var yes bool
	cmd := &cobra.Command{
		Use: "delete TYPE ID", Short: "Delete a record", Args: exactly("TYPE", "ID"),
		RunE: n.run(func(cmd *cobra.Command, client *netsuite.Client, args []string) error {
			if err := confirm(cmd, yes, "delete %s %s in account %s?", line(args[0]), line(args[1]), client.Account().Realm); err != nil {
				return err
			}
			if err := client.Delete(cmd.Context(), args[0], args[1]); err != nil {
				return called(err)
			}
			return n.out.written(cmd, written{args[0], args[1], "deleted"})
		}),
	}
	n.flags(cmd, asTable, asJSON)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func newNetSuiteTransform() *cobra.Command {
	var w writing
	var replace []string
	var preview bool
	cmd := &cobra.Command{
		Use: "transform TYPE ID TARGET [FIELD=VALUE]...", Short: "Make a record from another, such as a vendorBill from a purchaseOrder", Args: arguments(3, -1, "TYPE ID TARGET and fields"),
		Long: "Make a record from another. NetSuite copies what the body does not give; without a body everything that remains.\n" +
			"Lines are chosen by \"orderLine\", the line of the record that is transformed; those that are not named are copied\n" +
			"whole unless --replace names their sublist.\n" + bodyHelp,
		Example: "  counterpunch netsuite transform purchaseOrder 7001 vendorBill --preview\n  counterpunch netsuite transform purchaseOrder 7001 vendorBill tranId=INV-1 --replace item 'item:={\"items\":[{\"orderLine\":1,\"quantity\":2,\"rate\":5}]}'",
		RunE: w.run(3, "{}", func(cmd *cobra.Command, client *netsuite.Client, args []string, body json.RawMessage) error {
			query := url.Values{}
			if len(replace) > 0 {
				query.Set("replace", strings.Join(replace, ","))
			}
			id, err := internalID(cmd, client, args[0], args[1])
			if err != nil {
				return called(err)
			}
			if preview {
				raw, err := client.Preview(cmd.Context(), args[0], id, args[2], query, body)
				if err != nil {
					return called(err)
				}
				return printFetched(cmd.OutOrStdout(), w.out.format, raw)
			}
			made, err := client.Transform(cmd.Context(), args[0], id, args[2], query, body)
			if err != nil {
				return called(err)
			}
			return w.out.written(cmd, written{args[2], made, "created"})
		}),
	}
	w.flags(cmd)
	cmd.Flags().StringSliceVar(&replace, "replace", nil, replaceHelp)
	cmd.Flags().BoolVar(&preview, "preview", false, "show what NetSuite would fill in, without saving it")
	return cmd
}

// internalID looks an external id up: transforms take internal ids only.
func internalID(cmd *cobra.Command, client *netsuite.Client, typ, id string) (string, error) {
	if !strings.HasPrefix(id, "eid:") {
		return id, nil
	}
	raw, err := client.Get(cmd.Context(), typ, id, netsuite.GetOptions{})
	if err != nil {
		return "", err
	}
	var read struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &read); err != nil || read.ID == "" {
		return "", fmt.Errorf("look up %s %s: the answer has no internal id", typ, id)
	}
	return read.ID, nil
}
