package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"counterpunch/internal/config"
)

// refuseEmbedded says why a program that is one of several cannot have its own NATS server.
func refuseEmbedded(cfg *config.Config, program string) error {
	if !cfg.NATS.Embedded() {
		return nil
	}
	return fmt.Errorf("start %s: nats.url is %s, and ingest and worker cannot share an embedded server; run counterpunch serve, or give the address of a NATS server", program, config.EmbeddedNATS)
}

// unlessStopped hides the error of a start that was told to stop: what it was cut off from is no fault.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// RunIngest runs the intake of the configuration until ctx ends.
func RunIngest(ctx context.Context, cfg *config.Config, log zerolog.Logger) error {
	if err := refuseEmbedded(cfg, "ingest"); err != nil {
		return err
	}
	q, nats, err := dialQueue(ctx, cfg, "ingest", log)
	if err != nil {
		return err
	}
	defer nats.close()
	log.Info().Int64("bytes", LimitMemory(cfg.Ingest.Limits)).Msg("ingest.memory.limited")
	ingest, err := StartIngest(ctx, cfg, q, log)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	select {
	case <-ctx.Done():
		ingest.linger()
		err = nil
	case err = <-ingest.Failed():
	case err = <-nats.lost:
	}
	return errors.Join(err, ingest.Stop())
}

// RunWorker runs a worker of the configuration until ctx ends.
func RunWorker(ctx context.Context, cfg *config.Config, log zerolog.Logger) error {
	if err := refuseEmbedded(cfg, "worker"); err != nil {
		return err
	}
	q, nats, err := dialQueue(ctx, cfg, "worker", log)
	if err != nil {
		return err
	}
	defer nats.close()
	worker, err := StartWorker(ctx, cfg, q, log)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	select {
	case <-ctx.Done():
	case <-worker.Done():
	case err = <-nats.lost:
	}
	return errors.Join(err, worker.Stop())
}

// RunServe runs intake and worker in one process until ctx ends, with an embedded NATS server when the configuration
// says so. started, if given, is called with the addresses once everything answers.
func RunServe(ctx context.Context, cfg *config.Config, log zerolog.Logger, started func(Addresses)) error {
	s, err := StartServe(ctx, cfg, log)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	if started != nil {
		started(s.Addresses())
	}
	select {
	case <-ctx.Done():
		s.Ingest.linger()
		err = nil
	case err = <-s.Ingest.Failed():
	case err = <-s.connections.lost:
	case <-s.Worker.Done():
	}
	return errors.Join(err, s.Stop())
}
