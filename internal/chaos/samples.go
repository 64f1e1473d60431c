package chaos

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sample is what a process takes at one moment. RSS and descriptors are 0 where there is no /proc.
type Sample struct {
	Process     string
	At          time.Time
	Goroutines  float64
	Descriptors float64
	RSS         float64 // MiB
	Heap        float64 // MiB in use
}

const mebibyte = 1 << 20

// sample asks ingest, workers and the server. A process that does not answer now has no sample.
func (i *Installation) sample(ctx context.Context) []Sample {
	var all []Sample
	now := time.Now()
	for _, p := range append([]*Process{i.Ingest}, i.Workers...) {
		text, err := fetch(ctx, i.client, i.admins[p.Name]+"/metrics", "", "")
		if err != nil {
			continue
		}
		m := Scrape{Values: parseMetrics(text)}
		all = append(all, ofSystem(Sample{Process: p.Name, At: now, Goroutines: m.Sum("go_goroutines"), Heap: m.Sum("go_memstats_heap_inuse_bytes") / mebibyte}, p.PID()))
	}
	if i.Server != nil {
		if s, err := i.sampleServer(ctx); err == nil {
			s.At = now
			all = append(all, ofSystem(s, i.Server.PID()))
		}
	}
	return all
}

// sampleServer reads the server's profiles: its monitoring has neither goroutines nor heap.
func (i *Installation) sampleServer(ctx context.Context) (Sample, error) {
	goroutines, err := fetch(ctx, i.client, i.profile+"/debug/pprof/goroutine?debug=1", "", "")
	if err != nil {
		return Sample{}, err
	}
	heap, err := fetch(ctx, i.client, i.profile+"/debug/pprof/heap?debug=1", "", "")
	if err != nil {
		return Sample{}, err
	}
	return Sample{Process: i.Server.Name, Goroutines: after(goroutines, "goroutine profile: total "), Heap: after(heap, "# HeapInuse = ") / mebibyte}, nil
}

// after returns the number that stands behind a text, 0 when there is none.
func after(text []byte, label string) float64 {
	_, rest, _ := bytes.Cut(text, []byte(label))
	word, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.ParseFloat(string(word), 64)
	if err != nil {
		return 0
	}
	return n
}

// ofSystem adds what the system knows of a process.
func ofSystem(s Sample, pid int) Sample {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	if open, err := os.ReadDir(filepath.Join(proc, "fd")); err == nil {
		s.Descriptors = float64(len(open))
	}
	if statm, err := os.ReadFile(filepath.Join(proc, "statm")); err == nil {
		if field := strings.Fields(string(statm)); len(field) > 1 {
			pages, _ := strconv.Atoi(field[1]) // the kernel writes numbers
			s.RSS = float64(pages*os.Getpagesize()) / mebibyte
		}
	}
	return s
}

// watch samples until ctx ends.
func (i *Installation) watch(ctx context.Context, every time.Duration) []Sample {
	var all []Sample
	for {
		all = append(all, i.sample(ctx)...)
		if pause(ctx, every) != nil {
			return all
		}
	}
}

// Trend is how one figure of a process went.
type Trend struct {
	Process, Figure string
	Quarters        [4]float64 // medians
	Slope           float64    // an hour, by least squares
	Most            float64    // that the last quarter may be
}

// Flat reports whether the figure stayed within its bound.
func (t Trend) Flat() bool { return t.Quarters[3] <= t.Most }

// Bounds of growth from the first quarter to the last: a share, because a collector lets the heap breathe, and something for
// connections and buffers that come and go. The server's memory is another matter: it holds an index of every message in its
// archive, 2.2 kB of heap a document over 18,000 of them, and the blocks of 8 MiB that it is writing, of each stream and bucket.
const (
	growthShare  = 1.25
	growthCount  = 10      // goroutines, descriptors
	growthHeap   = 8       // MiB
	growthRSS    = 24      // MiB
	serverBlocks = 64      // MiB
	serverIndex  = 3 << 10 // bytes a document
)

// trends returns the trends of all figures. stored is how many documents came to the streams of the server from the first
// quarter to the last.
func trends(samples []Sample, server string, stored float64) []Trend {
	figures := []struct {
		name  string
		of    func(Sample) float64
		extra float64
		index bool
	}{
		{"goroutines", func(s Sample) float64 { return s.Goroutines }, growthCount, false},
		{"descriptors", func(s Sample) float64 { return s.Descriptors }, growthCount, false},
		{"RSS, MiB", func(s Sample) float64 { return s.RSS }, growthRSS, true},
		{"heap, MiB", func(s Sample) float64 { return s.Heap }, growthHeap, true},
	}
	by := map[string][]Sample{}
	for _, s := range samples {
		by[s.Process] = append(by[s.Process], s)
	}
	var all []Trend
	for _, name := range slices.Sorted(maps.Keys(by)) {
		mine := by[name]
		for _, f := range figures {
			t := Trend{Process: name, Figure: f.name, Slope: slope(mine, f.of)}
			for q := range t.Quarters {
				t.Quarters[q] = median(mine[q*len(mine)/4:max((q+1)*len(mine)/4, q*len(mine)/4+1)], f.of)
			}
			t.Most = t.Quarters[0]*growthShare + f.extra
			if name == server && f.index && stored > 0 {
				t.Most += serverBlocks + stored*serverIndex/mebibyte
			}
			all = append(all, t)
		}
	}
	return all
}

func median(samples []Sample, of func(Sample) float64) float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// slope returns the growth an hour.
func slope(samples []Sample, of func(Sample) float64) float64 {
	var x, y, xx, xy float64
	n := float64(len(samples))
	for _, s := range samples {
		at, v := s.At.Sub(samples[0].At).Hours(), of(s)
		x, y, xx, xy = x+at, y+v, xx+at*at, xy+at*v
	}
	if d := n*xx - x*x; d > 0 {
		return (n*xy - x*y) / d
	}
	return 0
}

// grown returns a sentence for each trend that is not flat.
func grown(all []Trend) []string {
	var texts []string
	for _, t := range all {
		if !t.Flat() {
			texts = append(texts, fmt.Sprintf("%s of %s went from %.1f to %.1f, at most %.1f is flat", t.Figure, t.Process, t.Quarters[0], t.Quarters[3], t.Most))
		}
	}
	return texts
}

func (s *Stage) noteTrends(all []Trend) {
	for _, t := range all {
		flat := "flat"
		if !t.Flat() {
			flat = "NOT FLAT"
		}
		s.Note("%-8s  %-11s  by quarters %7.1f, at most %6.1f; slope %+8.1f an hour; %s", t.Process, t.Figure, t.Quarters, t.Most, t.Slope, flat)
	}
}
