package netsuite

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAnswer bounds an answer that is read into memory. An order of 5,000 lines is about 8 MB.
	maxAnswer = 32 << 20
	// maxRefusal bounds the answer to a call that failed: NetSuite's words come first.
	maxRefusal = 1 << 20
	// maxDetail bounds NetSuite's own words in an Error, maxPage those of a page of something in between.
	maxDetail = 4 << 10
	maxPage   = 300
	// maxRetryAfter bounds what a Retry-After may ask for, so that a wrong one does not stop an account for days.
	maxRetryAfter = time.Hour
)

var (
	errStatus   = errors.New("not a success") // the status says it all
	errBroken   = errors.New("the answer broke off")
	errTooLarge = errors.New("the answer is too large")
)

// answer is what came back: nothing (status 0), a part or all.
type answer struct {
	request    *http.Request // before it was signed; nil when it could not be made
	status     int
	header     http.Header
	body       []byte
	took       time.Duration
	retryAfter time.Duration
	skew       time.Duration
	loginError string
}

var loginError = regexp.MustCompile(`\berror="?([A-Za-z_]{1,40})`)

// read reads the answer, at most most bytes of it. The error is errBroken or errTooLarge.
func (a *answer) read(resp *http.Response, most int64) error {
	now := time.Now()
	a.status, a.header = resp.StatusCode, resp.Header
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		if skew := date.Sub(now); skew >= time.Second || skew <= -2*time.Second {
			a.skew = skew.Round(time.Second) // the header's second is cut off: up to one behind is none
		}
	}
	a.retryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	if m := loginError.FindStringSubmatch(resp.Header.Get("WWW-Authenticate")); m != nil {
		a.loginError = m[1]
	}
	if most == 0 {
		most = maxAnswer
	}
	if a.status >= 300 {
		most = maxRefusal
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	a.body = body
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errBroken, err)
	case int64(len(body)) <= most:
		return nil
	case a.status >= 300:
		a.body = body[:most]
		return nil
	default:
		return fmt.Errorf("%w: over %d bytes", errTooLarge, most)
	}
}

// retryAfter reads seconds or a date; what makes no sense is 0.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	var wait time.Duration
	if seconds, err := strconv.Atoi(text); err == nil {
		if seconds > int(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}

// nonceUsed reports whether NetSuite turned the call away because it has seen its nonce.
func (a *answer) nonceUsed() bool {
	if a.status != http.StatusUnauthorized {
		return false
	}
	return a.loginError == "nonce_used" || strings.Contains(strings.ToLower(a.words().detail), "nonce_used")
}

// tokenRefused reports whether NetSuite turned the call away because of its token. A 401 that took long is a sign of
// overload, whatever it says.
func (a *answer) tokenRefused() bool {
	return a.status == http.StatusUnauthorized && a.took <= slowLogin && (a.loginError == "invalid_token" || a.loginError == "")
}

// refusal is what an error answer says.
type refusal struct {
	json     bool
	codes    []string
	detail   string
	path     string // of the field, parameter, header or address that NetSuite names first
	bodyPath string // the same, when it is a field of the body
}

func (r refusal) code() string {
	if len(r.codes) == 0 {
		return ""
	}
	return clip(r.codes[0], 80)
}

// words decodes an error answer: NetSuite's JSON in its current and older forms, or any text.
func (a *answer) words() refusal {
	if r, ok := decodeRefusal(a.body); ok {
		return r
	}
	return refusal{detail: readable(a.body)}
}

// decodeRefusal reads o:errorDetails, the top-level o:errorCode that some answers have in place of it, the
// {"error":{"code","message"}} of scripts and the {"error":"…"} of OAuth 2.0. It is not ok when body is no JSON object.
func decodeRefusal(body []byte) (refusal, bool) {
	var whole map[string]json.RawMessage
	if json.Unmarshal(body, &whole) != nil || whole == nil {
		return refusal{}, false
	}
	r := refusal{json: true}
	var details []map[string]json.RawMessage
	var sentences []string
	_ = json.Unmarshal(whole["o:errorDetails"], &details)
	for _, d := range append(details, whole) {
		if code := text(d["o:errorCode"]); code != "" {
			r.codes = append(r.codes, code)
		}
		if sentence := text(d["detail"]); sentence != "" {
			sentences = append(sentences, sentence)
		}
		if r.bodyPath == "" {
			r.bodyPath = text(d["o:errorPath"])
		}
		for _, name := range []string{"o:errorPath", "o:errorQueryParam", "o:errorHeader", "o:errorUrl", "o:urlPath"} {
			if r.path == "" {
				r.path = clip(text(d[name]), 200)
			}
		}
	}
	var script struct {
		Code    json.RawMessage `json:"code"`
		Message json.RawMessage `json:"message"`
	}
	if json.Unmarshal(whole["error"], &script) == nil {
		if code := text(script.Code); code != "" {
			r.codes = append(r.codes, code)
		}
		if sentence := text(script.Message); sentence != "" {
			sentences = append(sentences, sentence)
		}
	} else if code := text(whole["error"]); code != "" {
		r.codes = append(r.codes, code)
		if sentence := text(whole["error_description"]); sentence != "" {
			sentences = append(sentences, sentence)
		}
	}
	if len(sentences) == 0 {
		sentences = append(sentences, text(whole["title"]))
	}
	r.detail = strings.Join(sentences, "; ")
	return r, true
}

// text returns a JSON string's text, and "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return strings.ToValidUTF8(s, "�")
}

var (
	hidden = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)>|<!--.*?-->`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

// readable returns the visible text of the first part of a page, on one line. Whoever shows it blanks what is secret
// before cutting it short: half a token would not be recognised.
func readable(body []byte) string {
	page := strings.ToValidUTF8(string(body[:min(len(body), 64<<10)]), "�")
	page = tags.ReplaceAllString(hidden.ReplaceAllString(page, " "), " ")
	return strings.Join(strings.Fields(page), " ")
}

// isObject reports whether body begins as a JSON object does. The Content-Type of pages in between is not to be trusted.
func isObject(body []byte) bool {
	return strings.HasPrefix(strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n\ufeff"), "{")
}
