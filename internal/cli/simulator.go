package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/fixtures"
	"counterpunch/internal/simulator"
)

// simulatorFlags are the choices of counterpunch simulator.
type simulatorFlags struct {
	listen, control, seed, vendor string
	orders, limit, keepCalls      int
	commitThenFail                float64
	random                        int64
	latency                       bool
}

func newSimulator() *cobra.Command {
	var f simulatorFlags
	cmd := &cobra.Command{
		Use: "simulator", Short: "Run a NetSuite that lives in memory, as strict as the real one",
		Long: "Run a NetSuite that lives in memory, with the purchase orders of the fixtures. It checks signatures, timestamps and\n" +
			"nonces, and writes down every change. Its books and faults are at the control address.",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", "127.0.0.1:8090", "address of the REST API")
	fl.StringVar(&f.control, "control", "127.0.0.1:8091", "address of books and faults; it has no sign-in")
	fl.StringVar(&f.seed, "seed", "", "`file` with purchase orders in place of the fixtures'")
	fl.IntVar(&f.orders, "orders", 0, "further random purchase orders PO-L100001 and so on")
	fl.StringVar(&f.vendor, "vendor", "501", "vendor of the random purchase orders")
	fl.IntVar(&f.limit, "limit", 5, "calls at once")
	fl.Float64Var(&f.commitThenFail, "commit-then-fail", 0, "share of writes, 0 to 1, that are applied and then answered with a failure")
	fl.Int64Var(&f.random, "random-seed", 1, "makes faults, latency and random orders repeatable")
	fl.IntVar(&f.keepCalls, "keep-calls", 10_000, "calls that the books list one by one; counts are always complete")
	fl.BoolVar(&f.latency, "latency", false, "take as long as reports of sandbox accounts say")
	return cmd
}

func (f simulatorFlags) run(cmd *cobra.Command) error {
	orders := fixtures.Orders()
	if f.seed != "" {
		var err error
		if orders, err = os.ReadFile(f.seed); err != nil {
			return usageError{fmt.Errorf("read purchase orders: %w", err)}
		}
	}
	if f.commitThenFail < 0 || f.commitThenFail > 1 {
		return usageError{fmt.Errorf("--commit-then-fail %v: give a share from 0 to 1", f.commitThenFail)}
	}
	o := simulator.Options{Limit: f.limit, CommitThenFail: f.commitThenFail, Seed: f.random, KeepCalls: f.keepCalls}
	if f.latency {
		o.Latency = simulator.SandboxLatency()
	}
	s := simulator.New(o)
	if err := s.SeedOrders(orders); err != nil {
		return usageError{err}
	}
	if f.orders > 0 {
		if _, err := s.SeedRandom(f.orders, f.vendor); err != nil {
			return usageError{err}
		}
	}
	return serveBoth(cmd, f.listen, s, f.control, s.Control())
}

// serveBoth serves two handlers until the command is told to stop, and says where once both listen.
func serveBoth(cmd *cobra.Command, addr string, h http.Handler, controlAddr string, control http.Handler) error {
	api, err := net.Listen("tcp", addr)
	if err != nil {
		return usageError{fmt.Errorf("listen for the REST API: %w", err)}
	}
	books, err := net.Listen("tcp", controlAddr)
	if err != nil {
		return errors.Join(usageError{fmt.Errorf("listen for books and faults: %w", err)}, api.Close())
	}
	fmt.Fprintf(cmd.OutOrStdout(), "netsuite\thttp://%s\nbooks\thttp://%s/_sim/books\n", api.Addr(), books.Addr())
	servers := []*http.Server{{Handler: h, ReadHeaderTimeout: 5 * time.Second}, {Handler: control, ReadHeaderTimeout: 5 * time.Second}}
	failed := make(chan error, len(servers))
	for i, l := range []net.Listener{api, books} {
		go func() { failed <- servers[i].Serve(l) }()
	}
	select {
	case <-cmd.Context().Done():
		err = nil
	case err = <-failed:
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), time.Second)
	defer cancel()
	for _, s := range servers {
		if s.Shutdown(ctx) != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}
