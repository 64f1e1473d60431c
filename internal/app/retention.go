package app

import (
	"context"
	"time"

	"counterpunch/internal/config"
	"counterpunch/internal/queue"
)

const (
	// retentionEvery is how often documents are forgotten. A round reads the headers of the whole archive.
	retentionEvery = 6 * time.Hour
	// orphanAge is how old a file must be that no document names, before it is removed. An intake takes seconds.
	orphanAge = 24 * time.Hour
	// forever is longer than any document is kept.
	forever = 100 * 365 * 24 * time.Hour
)

// keep forgets documents at their age, and removes files that no document names, until ctx ends.
func keep(ctx context.Context, n config.NATS, q *queue.Queue) {
	age := n.Retention
	if age == 0 {
		age = forever
	}
	q.RunRetention(ctx, queue.Retention{Every: retentionEvery, Age: age, Orphans: orphanAge})
}
