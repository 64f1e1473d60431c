// Package deploy tests the files of this folder against the programs that read them.
package deploy

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"counterpunch/internal/config"
	"counterpunch/internal/document"
	"counterpunch/internal/telemetry"
	"counterpunch/internal/testkit/material"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// composition is the part of a compose file that the tests look at.
type composition struct {
	Services map[string]struct {
		Image       string            `yaml:"image"`
		Command     []string          `yaml:"command"`
		Volumes     []string          `yaml:"volumes"`
		Environment map[string]string `yaml:"environment"`
		DependsOn   map[string]any    `yaml:"depends_on"`
	} `yaml:"services"`
	Volumes map[string]any `yaml:"volumes"`
}

func compose(t *testing.T) composition {
	t.Helper()
	var c composition
	if err := yaml.Unmarshal(read(t, "compose.yaml"), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestComposeServicesStartWithTheirConfiguration(t *testing.T) {
	c := compose(t)
	for service, part := range map[string]config.Part{"ingest": config.SupplierSecrets, "worker-1": config.AccountSecrets, "worker-2": config.AccountSecrets} {
		t.Run(service, func(t *testing.T) {
			for name, value := range c.Services[service].Environment {
				t.Setenv(name, value)
			}
			file, _, _ := strings.Cut(c.Services[service].Volumes[0], ":")
			if _, err := config.Load(file, part); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestComposeWorkersDifferInNameAndAddressOnly(t *testing.T) {
	own := regexp.MustCompile(`(?m)^(#.*|  name: worker-\d|  admin: 0\.0\.0\.0:808[23])\n`)
	one := own.ReplaceAllString(string(read(t, "compose/counterpunch.yaml")), "")
	two := own.ReplaceAllString(string(read(t, "compose/worker-2.yaml")), "")
	if d := cmp.Diff(one, two); d != "" {
		t.Errorf("counterpunch.yaml and worker-2.yaml differ:\n%s", d)
	}
}

func TestComposeMountsExist(t *testing.T) {
	c := compose(t)
	if len(c.Services) != 6 {
		t.Errorf("%d services, want nats, ingest, two workers, simulator and prometheus", len(c.Services))
	}
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if !strings.HasPrefix(from, ".") {
				if _, ok := c.Volumes[from]; !ok {
					t.Errorf("service %s: volume %s is not declared", name, from)
				}
			} else if _, err := os.Stat(from); err != nil {
				t.Errorf("service %s: %v", name, err)
			}
		}
		for on := range s.DependsOn {
			if _, ok := c.Services[on]; !ok {
				t.Errorf("service %s depends on %s, which is none", name, on)
			}
		}
	}
}

func TestNATSSyncsEveryMessage(t *testing.T) {
	o, err := server.ProcessConfigFile("nats/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	if !o.JetStream || !o.SyncAlways {
		t.Errorf("JetStream %v, sync always %v: an acknowledged document could be lost", o.JetStream, o.SyncAlways)
	}
	if o.MaxPayload != 8<<20 {
		t.Errorf("max_payload %d, want 8 MiB", o.MaxPayload)
	}
}

// directive finds the settings of a unit.
var directive = regexp.MustCompile(`(?m)^([A-Za-z]+)=(.*)$`)

func TestUnitsLetDocumentsInProgressEnd(t *testing.T) {
	d := config.Defaults()
	for unit, shutdown := range map[string]time.Duration{"counterpunch-ingest": d.Ingest.Shutdown, "counterpunch-worker@": d.Worker.Shutdown} {
		set := make(map[string]string)
		for _, m := range directive.FindAllStringSubmatch(string(read(t, "systemd/"+unit+".service")), -1) {
			set[m[1]] = m[2]
		}
		stop, err := time.ParseDuration(set["TimeoutStopSec"] + "s")
		if err != nil || stop <= shutdown {
			t.Errorf("%s: TimeoutStopSec=%s is not longer than the shutdown of %s", unit, set["TimeoutStopSec"], shutdown)
		}
		if set["KillSignal"] != "SIGTERM" || set["User"] == "" || set["NoNewPrivileges"] != "yes" {
			t.Errorf("%s: KillSignal=%s User=%s NoNewPrivileges=%s", unit, set["KillSignal"], set["User"], set["NoNewPrivileges"])
		}
	}
}

// exported returns, by name, the label values of every metric that the programs export.
func exported(t *testing.T) map[string]map[string][]string {
	t.Helper()
	r := prometheus.NewRegistry()
	intake := telemetry.NewIntake(r, []string{"acme"})
	for _, a := range telemetry.Answers() {
		intake.Document("acme", document.KindInvoice, a, time.Second)
	}
	telemetry.NewDelivery(r, []string{"main"})
	r.MustRegister(telemetry.NewQueueCollector(telemetry.QueueOptions{Read: func(context.Context) (map[string]telemetry.AccountQueue, error) {
		return map[string]telemetry.AccountQueue{"main": {}}, nil
	}}))
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]map[string][]string)
	for _, f := range families {
		all[f.GetName()] = make(map[string][]string)
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				all[f.GetName()][l.GetName()] = append(all[f.GetName()][l.GetName()], l.GetValue())
			}
		}
	}
	return all
}

func TestAlertsUseKnownMetrics(t *testing.T) {
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(read(t, "prometheus/rules.yml"), &rules); err != nil {
		t.Fatal(err)
	}
	metric := regexp.MustCompile(`(counterpunch_[a-z_]+)(?:\{([a-z]+)=~?"([^"]*)"\})?`)
	known := exported(t)
	alerts := 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			alerts++
			for _, m := range metric.FindAllStringSubmatch(r.Expr, -1) {
				labels, ok := known[m[1]]
				if !ok {
					t.Errorf("%s uses %s, which no program exports", r.Alert, m[1])
				}
				for value := range strings.SplitSeq(m[3], "|") {
					if m[2] != "" && !slices.Contains(labels[m[2]], value) {
						t.Errorf("%s waits for %s=%q of %s, which never comes", r.Alert, m[2], value, m[1])
					}
				}
			}
			if !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%s lacks severity, summary or description", r.Alert)
			}
		}
	}
	if alerts == 0 {
		t.Error("no alert")
	}
}

func TestRulesFireAndStayQuiet(t *testing.T) {
	promtool := material.Program(t, "promtool")
	for _, args := range [][]string{{"check", "config", "prometheus.yml"}, {"test", "rules", "rules_test.yml"}} {
		cmd := exec.Command(promtool, args...)
		cmd.Dir = filepath.Join(".", "prometheus")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
