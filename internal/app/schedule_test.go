package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/config"
	"counterpunch/internal/delivery"
)

func TestAFileWithoutWaitsGetsTheScheduleOfDelivery(t *testing.T) {
	if diff := cmp.Diff(delivery.DefaultSchedule(), schedule(config.Defaults().Worker.Retry)); diff != "" {
		t.Errorf("the defaults of worker.retry differ from delivery's (-delivery +config):\n%s", diff)
	}
}
