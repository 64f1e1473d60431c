package telemetry

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
)

// LogOptions say how a program writes its log.
type LogOptions struct {
	Level   string    // trace, debug, info, warn or error; "" is info
	Format  string    // json, console, or auto ("" too): console when Out is a terminal
	Program string    // name of the program, on every line; "" leaves it out
	Out     io.Writer // nil is standard error
}

// NewLogger returns a logger that stamps every line with the time in UTC, to the millisecond.
func NewLogger(o LogOptions) (zerolog.Logger, error) {
	if o.Level == "" {
		o.Level = zerolog.LevelInfoValue
	}
	level, err := zerolog.ParseLevel(o.Level)
	if err != nil || level == zerolog.NoLevel {
		return zerolog.Nop(), fmt.Errorf("log level %q: give trace, debug, info, warn or error", o.Level)
	}
	if o.Out == nil {
		o.Out = os.Stderr
	}
	switch o.Format {
	case "json":
	case "console":
		o.Out = console(o.Out)
	case "", "auto":
		if terminal(o.Out) {
			o.Out = console(o.Out)
		}
	default:
		return zerolog.Nop(), fmt.Errorf("log format %q: give json, console or auto", o.Format)
	}
	context := zerolog.New(o.Out).Level(level).Hook(zerolog.HookFunc(stamp)).With()
	if o.Program != "" {
		context = context.Str("program", o.Program)
	}
	return context.Logger(), nil
}

// stamp adds the time. The library's own stamp takes its zone and format from package variables, which belong to
// everybody in the process.
func stamp(e *zerolog.Event, _ zerolog.Level, _ string) {
	e.Str(zerolog.TimestampFieldName, time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

func console(out io.Writer) io.Writer {
	return zerolog.ConsoleWriter{
		Out:          out,
		NoColor:      os.Getenv("NO_COLOR") != "" || !terminal(out),
		TimeFormat:   "15:04:05.000",
		TimeLocation: time.UTC,
	}
}

func terminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// Clip cuts text that comes from outside to 256 characters, so that one field cannot fill the log.
func Clip(s string) string {
	const most = 256
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// StdLog adapts the logger for libraries that want the standard one, such as net/http. Each line becomes a warning of
// the given event name.
func StdLog(logger zerolog.Logger, event string) *log.Logger {
	return log.New(lineWriter{logger, event}, "", 0)
}

type lineWriter struct {
	logger zerolog.Logger
	event  string
}

func (w lineWriter) Write(line []byte) (int, error) {
	w.logger.Warn().Str("detail", Clip(strings.TrimSpace(string(line)))).Msg(w.event)
	return len(line), nil
}
