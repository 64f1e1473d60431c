package backup

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/queue/embedded"
)

// BenchmarkBackup backs up and restores a stream of documents of 8 KB.
func BenchmarkBackup(b *testing.B) {
	const documents = 50_000
	from, err := embedded.Start(embedded.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	nc, err := from.Connect("bench")
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "INBOUND", Subjects: []string{"inbound.>"}}); err != nil {
		b.Fatal(err)
	}
	for i := range documents {
		body := fmt.Appendf(nil, "%08d", i)
		for len(body) < 8<<10 {
			body = fmt.Appendf(body, "<Item lineNumber=\"%d\" quantity=\"%d\"/>", len(body), i)
		}
		if _, err := js.PublishAsync(fmt.Sprintf("inbound.%d", i), body); err != nil {
			b.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
	for i := 0; b.Loop(); i++ {
		dir := filepath.Join(b.TempDir(), fmt.Sprint(i))
		began := time.Now()
		m, err := Create(b.Context(), nc, dir, CreateOptions{Streams: []string{"INBOUND"}})
		if err != nil {
			b.Fatal(err)
		}
		created := time.Now()
		if m.Streams[0].Messages != documents {
			b.Fatalf("%d messages are in the backup", m.Streams[0].Messages)
		}
		if _, err := Verify(b.Context(), dir, VerifyOptions{Temp: b.TempDir()}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(documents/created.Sub(began).Seconds(), "created/s")
		b.ReportMetric(documents/time.Since(created).Seconds(), "verified/s")
		b.ReportMetric(float64(m.Streams[0].Size)/documents, "bytes/document")
	}
}
