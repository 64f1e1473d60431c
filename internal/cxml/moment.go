package cxml

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// moment is an instant read from a document, and what was odd about how it was written.
type moment struct {
	time time.Time
	odd  string // "" when it was written as cXML wants it
}

// Offsets in use lie between these; a clock time printed as the zone, which occurs, does not.
const (
	leastOffset = -12 * 3600
	mostOffset  = 14 * 3600
)

var errNoDate = errors.New("it is not a date")

// dateTime takes the forms apart that occur beside ISO 8601: date only, compact, blank instead of T, no seconds, and
// whatever follows as the zone.
var dateTime = regexp.MustCompile(`^(\d{4})-?(\d{2})-?(\d{2})(?:[Tt ]?\s*(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]?(\d+))?)?)?\s*(.*)$`)

// offset takes a numeric zone apart; hours of one digit and a missing colon occur.
var offset = regexp.MustCompile(`^([+-])(\d{1,2}):?(\d{2})?$`)

// zoneName is a zone that is not a number, such as CST. Only UTC's names are unambiguous.
var zoneName = regexp.MustCompile(`^[+-]?[A-Za-z]{1,5}$`)

// parseMoment reads a date with time and zone. zone is used where the text names none.
func parseMoment(s string, zone *time.Location) (moment, error) {
	if t, err := time.ParseInLocation(time.RFC3339, s, time.UTC); err == nil {
		_, seconds := t.Zone()
		return bounded(moment{time: t}, seconds)
	}
	if len(s) > maxNumeral {
		return moment{}, errNoDate
	}
	trimmed := strings.TrimSpace(s)
	m := dateTime.FindStringSubmatch(trimmed)
	if m == nil {
		return moment{}, errNoDate
	}
	numbers := make([]int, 6)
	for i := range numbers {
		if m[i+1] != "" {
			numbers[i], _ = strconv.Atoi(m[i+1]) // digits, by the pattern
		}
	}
	nanos, _ := strconv.Atoi((m[7] + "000000000")[:9])
	where, seconds, odd, err := readZone(m[8], zone)
	if err != nil {
		return moment{}, err
	}
	t := time.Date(numbers[0], time.Month(numbers[1]), numbers[2], numbers[3], numbers[4], numbers[5], nanos, where)
	// time.Date carries what is too large over into the next unit: 30 February would become 2 March.
	if int(t.Month()) != numbers[1] || numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59 {
		return moment{}, errNoDate
	}
	switch {
	case m[4] == "":
		odd = "it has no time of day; midnight is assumed" + also(odd)
	case odd == "":
		odd = "it is not written as 2006-01-02T15:04:05-07:00"
	}
	return bounded(moment{time: t, odd: odd}, seconds)
}

func also(odd string) string {
	if odd == "" {
		return ""
	}
	return ", and " + odd
}

func readZone(s string, zone *time.Location) (where *time.Location, seconds int, odd string, err error) {
	switch strings.ToUpper(s) {
	case "Z", "UTC", "GMT":
		return time.UTC, 0, "", nil
	case "":
		return zone, 0, "it names no time zone; " + zone.String() + " is assumed", nil
	}
	if m := offset.FindStringSubmatch(s); m != nil {
		hours, _ := strconv.Atoi(m[2])
		minutes, _ := strconv.Atoi(m[3])
		if minutes > 59 {
			return nil, 0, "", fmt.Errorf("its time zone %s does not exist", clip(s))
		}
		seconds = hours*3600 + minutes*60
		if m[1] == "-" {
			seconds = -seconds
		}
		if seconds == 0 {
			return time.UTC, 0, "", nil
		}
		return time.FixedZone("", seconds), seconds, "", nil
	}
	if zoneName.MatchString(s) {
		return zone, 0, "its time zone " + clip(s) + " is not a number; " + zone.String() + " is assumed", nil
	}
	return nil, 0, "", errNoDate
}

// bounded refuses what cannot be meant: offsets that no place has, and years that only placeholders have.
func bounded(m moment, seconds int) (moment, error) {
	if seconds < leastOffset || seconds > mostOffset {
		return moment{}, fmt.Errorf("its time zone is not between -12:00 and +14:00")
	}
	if y := m.time.Year(); y < 1970 || y > 2199 {
		return moment{}, fmt.Errorf("its year is %d", y)
	}
	return m, nil
}
