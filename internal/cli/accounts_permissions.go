package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/doctor"
	"counterpunch/internal/netsuite"
)

func newAccountsPermissions() *cobra.Command {
	var features string
	var out output
	cmd := &cobra.Command{
		Use: "permissions", Short: "Print the permissions that the integration's role needs in NetSuite", Args: exactly(),
		Long: "Print what to add under Setup > Users/Roles > Manage Roles > the role > Permissions. The role of deploy/netsuite has\n" +
			"those of orders, bills and credits. Leave out the one of the two sign-in permissions that is not used. Add periods for\n" +
			"bill.period: first-open, and void for bill.on_delete: void.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			wanted, err := doctor.ParseFeatures(features)
			if err != nil {
				return usagef("--features: %w", err)
			}
			permissions := doctor.Permissions(wanted...)
			g := newGrid("permission", "level", "tab", "why~")
			for _, p := range permissions {
				g.add(p.Name, p.Level, p.Tab, p.Why)
			}
			return out.print(cmd, permissions, g)
		},
	}
	out.flag(cmd)
	cmd.Flags().StringVar(&features, "features", "", "of `orders,bills,credits,periods,void` those that are used; left out: the first three")
	return cmd
}

func newAccountsFields() *cobra.Command {
	var in installation
	var out output
	cmd := &cobra.Command{
		Use: "fields ACCOUNT", Short: "Compare the fields that the mapping writes with those that NetSuite has", Args: exactly("ACCOUNT"),
		Long: "Ask NetSuite's metadata catalog for the fields that the mapping of the account writes, and print each with its script\n" +
			"id, type and what it must apply to. The exit status is 0 when none is missing.",
		RunE: func(cmd *cobra.Command, args []string) error {
			_, account, client, err := in.client(args[0])
			if err != nil {
				return err
			}
			defer client.Close()
			catalogs := map[string][]netsuite.Field{}
			fields, err := doctor.CompareFields(app.Mapping(*account), account.Orders.PayloadField, func(typ string) ([]netsuite.Field, error) {
				if known, ok := catalogs[typ]; ok {
					return known, nil
				}
				known, err := client.Fields(cmd.Context(), typ)
				catalogs[typ] = known
				return known, err
			})
			if err != nil {
				return fmt.Errorf("account %s: %w; counterpunch accounts doctor %s says what to do", account.Name, err, account.Name)
			}
			return printFields(cmd, &out, account.Name, fields)
		},
	}
	in.fileFlag(cmd)
	out.flag(cmd)
	return cmd
}

func printFields(cmd *cobra.Command, out *output, account string, fields []doctor.Field) error {
	g := newGrid("field", "of", "type", "applies to", "result", "problem~")
	wrong := 0
	for _, f := range fields {
		typ := string(f.Type)
		if typ == "" {
			typ = "any"
		}
		g.add(f.ScriptID, f.Record, typ, f.AppliesTo, f.Result, f.Problem)
		if f.Result == doctor.Failed {
			wrong++
		}
	}
	if err := out.print(cmd, list(fields), g); err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("account %s: %d of %d mapped fields cannot be written; deploy/netsuite makes those of the default mapping", account, wrong, len(fields))
	}
	return nil
}
