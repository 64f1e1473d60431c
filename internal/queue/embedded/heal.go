package embedded

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// watchEvery is how often the server is asked whether it can still write. Until it is started again every publish fails.
const watchEvery = time.Second

// watch starts the server again after a failure of its disk. A stream whose write has failed takes nothing more, and answers
// nothing, until the server is started again (nats-server 2.15): the disk may have had room again for long.
func (e *Server) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	suspected, said := "", ""
	for {
		select {
		case <-e.closing:
			return
		case <-tick.C:
		}
		failure := writeFailure(e.current())
		if failure == "" || failure != suspected { // a stream that is just being made or removed looks lost for a moment
			suspected, said = failure, ""
			continue
		}
		err := e.heal()
		if err == nil {
			e.log.Warn().Str("failure", failure).Msg("nats.restarted")
			continue
		}
		if text := err.Error(); text != said {
			said = text
			e.log.Error().Err(err).Str("failure", failure).Msg("nats.disk_failed")
		}
	}
}

// writeFailure says which stream cannot write, or that the server has given JetStream up; "" when all is well.
func writeFailure(s *server.Server) string {
	if !s.Running() {
		return "the server could not be started again"
	}
	for _, failure := range s.Healthz(&server.HealthzOptions{Details: true}).Errors {
		if failure.Type == server.HealthzErrorStream || failure.Type == server.HealthzErrorJetStream {
			return failure.Error
		}
	}
	return ""
}

// heal starts the server again, if the disk takes writes: without them it could not recover its store.
func (e *Server) heal() error {
	if err := tryDisk(e.dir); err != nil {
		return err
	}
	stop(e.current())
	return e.run()
}

// roomNeeded is what the disk must take, in bytes, before a start is of use: a block of a stream is as large.
const roomNeeded = 8 << 20

// tryDisk writes a file, flushes it and removes it.
func tryDisk(dir string) error {
	f, err := os.CreateTemp(dir, "room-")
	if err != nil {
		return fmt.Errorf("write to the disk of embedded nats: %w", err)
	}
	_, err = f.Write(make([]byte, roomNeeded))
	if err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("write to the disk of embedded nats: %w", err)
	}
	return nil
}
