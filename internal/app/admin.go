package app

import (
	"context"
	"fmt"
	"time"

	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
	"counterpunch/internal/telemetry"
)

// startAdmin opens an admin port and puts its end on the stack.
func startAdmin(o telemetry.Options, s *stack) (*telemetry.Admin, error) {
	admin := telemetry.NewAdmin(o)
	failed := make(chan error, 1)
	go func() { failed <- admin.ListenAndServe() }()
	if admin.Addr() == "" {
		return nil, fmt.Errorf("open the admin port: %w", <-failed)
	}
	s.push("admin port", func(ctx context.Context) error {
		// Whoever still reads a scrape does not hold up the end.
		ctx, cancel := context.WithTimeout(ctx, adminShutdown)
		defer cancel()
		return admin.Shutdown(ctx)
	})
	return admin, nil
}

// adminShutdown bounds the wait for answers of the admin port at the end.
const adminShutdown = 2 * time.Second

// readiness tells of a queue whether it can be used and what an acknowledgement means on it.
func readiness(q *queue.Queue) func(context.Context) (map[string]string, error) {
	return func(ctx context.Context) (map[string]string, error) {
		return map[string]string{"acknowledgement": q.Durability(ctx)}, q.Ready(ctx)
	}
}

// queueNumbers reads what waits, by account, for the metrics.
func queueNumbers(q *queue.Queue, accounts []string) func(context.Context) (map[string]telemetry.AccountQueue, error) {
	return func(ctx context.Context) (map[string]telemetry.AccountQueue, error) {
		counts, err := q.Counts(ctx)
		if err != nil {
			return nil, err
		}
		all := make(map[string]telemetry.AccountQueue, len(accounts))
		for _, account := range accounts {
			depth, err := q.Depth(ctx, account)
			if err != nil {
				return nil, err
			}
			all[account] = accountNumbers(account, depth, counts)
		}
		return all, nil
	}
}

func accountNumbers(account string, depth queue.Depth, counts queue.Counts) telemetry.AccountQueue {
	return telemetry.AccountQueue{
		Depth: depth.Waiting + depth.Working, Oldest: since(depth.Oldest),
		Parked: byReason(counts.Parked, account), ParkedPastDue: counts.PastDue[account],
		DeadLetters: byReason(counts.DeadLetters, account), OldestDeadLetter: since(counts.OldestDeadLetter[account]),
	}
}

func byReason(counts map[queue.CountKey]int, account string) map[reason.Code]int {
	n := map[reason.Code]int{}
	for key, count := range counts {
		if key.Account == account {
			n[key.Reason] = count
		}
	}
	return n
}

func since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return max(0, time.Since(t))
}
