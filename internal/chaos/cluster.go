package chaos

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"counterpunch/deploy/nats/cluster"
)

// clusterKills is how often the leader of INBOUND is killed unless the options say otherwise.
const clusterKills = 10

// perKill is about how long the cluster takes to choose another leader and to have the killed server back.
const perKill = 12 * time.Second

// runCluster runs the cluster that is shipped, with its certificates, keys and permissions, and kills the server that leads
// INBOUND, again and again, while the supplier sends and NetSuite fails.
func runCluster(ctx context.Context, o Options) (Result, error) {
	if o.Kills == 0 {
		o.Kills = clusterKills
	}
	limit := o.Limit
	if o = o.withDefaults(500); limit == 0 {
		o.Limit += time.Duration(o.Kills) * 2 * perKill
	}
	return Perform(ctx, o, Scene{Name: "cluster", Knobs: faults, Act: unleading, Setup: func(s *Setup) { s.Cluster = true }})
}

// unleading sends for as long as leaders are killed.
func unleading(ctx context.Context, s *Stage) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		order := Again(s.Documents, 0, s.random)
		err := s.Supplier.Send(ctx, order, time.Duration(s.Options.Kills)*perKill/time.Duration(len(order)))
		s.Say("%d documents accepted", len(s.Supplier.Accepted()))
		return err
	})
	g.Go(func() error { return s.killLeaders(ctx) })
	return g.Wait()
}

// killLeaders kills the leader of INBOUND each time when all servers have all that it has.
func (s *Stage) killLeaders(ctx context.Context) error {
	nc, err := s.Installation.nats.connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("connect to the cluster: %w", err)
	}
	for len(s.kills) < s.Options.Kills {
		leader, err := wholeCluster(ctx, js)
		if err != nil {
			return err
		}
		// Each kill finds intake at work: documents are spread over all of them.
		for len(s.Supplier.Accepted()) < len(s.Documents)*(len(s.kills)+1)/(s.Options.Kills+2) {
			if err := pause(ctx, 50*time.Millisecond); err != nil {
				return err
			}
		}
		for _, p := range s.Installation.Servers {
			if at := time.Now(); p.Name == leader && p.Kill(1500*time.Millisecond) {
				s.kills = append(s.kills, kill{at, []string{p.Name}})
				s.Evidence.Unheard += defaultLanes // each has one end at most under way when its server dies
				s.Say("%s killed, which led INBOUND; %d documents accepted", p.Name, len(s.Supplier.Accepted()))
			}
		}
	}
	_, err = wholeCluster(ctx, js)
	return err
}

// wholeCluster waits until every stream has a leader and every other server a full copy, and returns who leads INBOUND.
func wholeCluster(ctx context.Context, js jetstream.JetStream) (string, error) {
	for {
		if leader, whole := leaders(ctx, js); whole {
			return leader, nil
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return "", fmt.Errorf("wait until the cluster is whole: %w", err)
		}
	}
}

func leaders(ctx context.Context, js jetstream.JetStream) (inbound string, whole bool) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	streams := js.ListStreams(ctx)
	whole = true
	for info := range streams.Info() {
		c := info.Cluster
		whole = whole && c != nil && c.Leader != "" && current(c.Replicas) == cluster.Size-1
		if info.Config.Name == "INBOUND" && c != nil {
			inbound = c.Leader
		}
	}
	return inbound, whole && streams.Err() == nil && inbound != ""
}

// current counts the followers that have everything.
func current(followers []*jetstream.PeerInfo) (n int) {
	for _, f := range followers {
		if f.Current && !f.Offline {
			n++
		}
	}
	return n
}
