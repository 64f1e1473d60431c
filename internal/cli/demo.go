package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"counterpunch/fixtures"
	"counterpunch/internal/demo"
	"counterpunch/internal/telemetry"
)

// demoFlags are the choices of counterpunch demo.
type demoFlags struct {
	once, json, verbose bool
}

func newDemo() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use: "demo", Short: "Run everything on this machine and post a supplier's documents",
		Long: "Run an embedded NATS server, a NetSuite simulator, the intake and a worker in this process, post every fixture as a\n" +
			"supplier would, and show what became of each document and what changed in NetSuite. Then stay up until Ctrl-C.",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	cmd.Flags().BoolVar(&f.once, "once", false, "end after the table; the exit status says whether every document ended as expected")
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object in place of the table")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "print the log of intake and worker")
	return cmd
}

func (f demoFlags) run(cmd *cobra.Command) (err error) {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	all, err := fixtures.All()
	if err != nil {
		return err
	}
	log := zerolog.Nop()
	if f.verbose {
		if log, err = telemetry.NewLogger(telemetry.LogOptions{Level: "debug", Program: "demo", Out: cmd.ErrOrStderr()}); err != nil {
			return err
		}
	}
	world, err := demo.Open(ctx, demo.Options{Orders: fixtures.Orders(), Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	bar, posted := newProgress(cmd.ErrOrStderr(), "posting documents"), 0
	report, err := world.Run(ctx, all, func(posting fixtures.Fixture) {
		bar.say(fmt.Sprintf("%-44s", short(posting.File, 44)))
		bar.at(posted, len(all))
		posted++
	})
	bar.stop()
	if err != nil {
		return err
	}
	for i := range report.Documents {
		report.Documents[i].Effects = list(report.Documents[i].Effects)
	}
	if f.json {
		err = printJSON(out, report)
	} else {
		printReport(out, report)
	}
	if err == nil && !f.once {
		printAddresses(cmd.ErrOrStderr(), world.Addresses(), world.ConfigFile())
		<-ctx.Done()
	}
	if err == nil && !report.OK {
		err = fmt.Errorf("%d of %d documents did not end as expected", report.Totals.Unexpected, report.Totals.Documents)
	}
	return err
}

// narrow is what the two columns of numbers and the lines between columns take of the table.
const narrow = 27

func printReport(w io.Writer, r demo.Report) {
	t := newTable(w)
	t.AppendHeader(table.Row{"document", "answer", "state", "what changed in NetSuite", "calls"})
	for _, d := range r.Documents {
		state := d.State
		if d.Reason != "" {
			state += "\n" + string(d.Reason)
		}
		changed := strings.Join(d.Effects, "\n")
		for _, u := range d.Unexpected {
			changed += "\nUNEXPECTED " + u
		}
		t.AppendRow(table.Row{d.File + "\n" + d.Title, d.Code, state, clean(changed), d.Calls})
		t.AppendSeparator()
	}
	document, state, changes := 44, 22, 90
	if width := widthOf(w); width > 0 && width < document+state+changes+narrow {
		document = 30
		changes = max(30, width-document-state-narrow)
	}
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 1, WidthMax: document, WidthMaxEnforcer: wrapLines},
		{Number: 3, WidthMax: state},
		{Number: 4, WidthMax: changes, WidthMaxEnforcer: wrapLines},
	})
	t.Render()
	fmt.Fprintf(w, "%d documents in %.1f s: %s; %d changes in NetSuite by %d calls; %d not as expected\n",
		r.Totals.Documents, r.Totals.Seconds, ends(r), r.Totals.Effects, r.Totals.Calls, r.Totals.Unexpected)
}

// ends says where the documents came to rest; the numbers add up to all of them.
func ends(r demo.Report) string {
	count := map[string]int{}
	for _, d := range r.Documents {
		switch {
		case d.Code != http.StatusOK:
			count["refused"]++
		case d.State == "":
			count["answered only"]++
		default:
			count[d.State]++
		}
	}
	var parts []string
	for _, end := range slices.Sorted(maps.Keys(count)) {
		parts = append(parts, fmt.Sprintf("%d %s", count[end], end))
	}
	return strings.Join(parts, ", ")
}

// wrapLines wraps each line of a cell by itself; text.WrapSoft alone makes one paragraph of them.
func wrapLines(cell string, width int) string {
	lines := strings.Split(cell, "\n")
	for i, l := range lines {
		lines[i] = text.WrapSoft(l, width)
	}
	return strings.Join(lines, "\n")
}

func printAddresses(w io.Writer, a demo.Addresses, configFile string) {
	fmt.Fprintf(w, `
Suppliers post to   %s
Intake admin        %s/metrics, /readyz
Worker admin        %s/metrics, /readyz
NATS                %s
NetSuite simulator  %s
  its books         %s/_sim/books

In another terminal:
  export COUNTERPUNCH_CONFIG=%s
  bin/counterpunch deadletters ls
  bin/counterpunch deadletters replay INV-60023
  bin/counterpunch reconcile

Everything stays up until Ctrl-C.
`, a.Suppliers, a.IngestAdmin, a.WorkerAdmin, a.NATS, a.NetSuite, a.Books, configFile)
}
