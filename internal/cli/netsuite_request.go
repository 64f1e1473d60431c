package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/netsuite"
)

// rawRequest are the flags of netsuite request.
type rawRequest struct {
	query, header, form, files []string
	data, file, answer         string
	retry                      netsuite.Retry
}

// The forms of --response-type.
const (
	answerJSON = "json"
	answerText = "text"
	answerRaw  = "raw"
)

func newNetSuiteRequest() *cobra.Command {
	var n connection
	r := rawRequest{answer: answerJSON}
	cmd := &cobra.Command{
		Use: "request METHOD PATH", Short: "Send any request, signed", Args: exactly("METHOD", "PATH"),
		Long: "Send any request, signed. PATH is below the account's host; without a leading / it is below /services/rest/.\n" +
			"Nothing is checked: a PATCH with lines that have no key adds them.\n\n" +
			"--retry repeats calls that did nothing: too many at once, no connection, maintenance, and odd answers to reads.\n" +
			"--retry-all-errors repeats every other failure too, also a write of which it is not known whether it was carried\n" +
			"out. A refused login is never repeated: five of them lock the integration user.",
		Example: "  counterpunch netsuite request GET record/v1/purchaseOrder/7001/item\n" +
			"  counterpunch netsuite request POST query/v1/suiteql --header 'Prefer=transient' -d '{\"q\":\"SELECT id FROM vendor\"}' --retry 3 --exponential",
		RunE: n.run(func(cmd *cobra.Command, client *netsuite.Client, args []string) error {
			request, err := r.request(cmd, args[0], args[1])
			if err != nil {
				return err
			}
			var got netsuite.Answer
			err = r.retry.Do(cmd.Context(), func() error {
				got, err = client.Do(cmd.Context(), request)
				return err
			}, func(i int, delay time.Duration, err error) {
				warn(cmd, "%v; try %d of %d follows in %s", err, i, r.retry.Times, delay)
			})
			if err != nil {
				return called(err)
			}
			return r.print(cmd.OutOrStdout(), got)
		}),
	}
	n.flags(cmd)
	fl := cmd.Flags()
	fl.StringArrayVar(&r.query, "query", nil, "query parameter as `name=value`; may be given again")
	fl.StringArrayVar(&r.header, "header", nil, "header as `name=value`; may be given again")
	fl.StringVarP(&r.data, "data", "d", "", "`body`; application/json unless --header says otherwise")
	fl.StringVarP(&r.file, "body-file", "f", "", "`file` with the body; - is standard input")
	fl.StringArrayVar(&r.form, "form", nil, "form field as `name=value`; may be given again")
	fl.StringArrayVar(&r.files, "file", nil, "file of a multipart form as `name=@path`; may be given again")
	wordFlag(cmd, &r.answer, "response-type", "", "how the answer is printed: json, text or raw", answerJSON, answerText, answerRaw)
	fl.IntVar(&r.retry.Times, "retry", 0, "`number` of repetitions of a call that failed")
	fl.DurationVar(&r.retry.Delay, "retry-delay", time.Second, "`duration` before the first repetition; a longer Retry-After counts")
	fl.BoolVar(&r.retry.Exponential, "exponential", false, "each delay is twice the one before, up to 5m")
	fl.BoolVar(&r.retry.All, "retry-all-errors", false, "repeat every failure but a refused login")
	before(cmd, func([]string) error {
		if r.retry.Times < 0 || r.retry.Delay < 0 {
			return usagef("--retry and --retry-delay must not be negative")
		}
		return nil
	})
	return cmd
}

func (r *rawRequest) request(cmd *cobra.Command, method, path string) (netsuite.Request, error) {
	request := netsuite.Request{Method: method, Path: path, Query: url.Values{}, Header: map[string]string{}}
	query, err := pairs("--query", r.query)
	if err != nil {
		return request, err
	}
	for name, v := range query {
		request.Query.Set(name, v)
	}
	given, err := pairs("--header", r.header)
	if err != nil {
		return request, err
	}
	media, body, err := r.body(cmd)
	if err != nil {
		return request, err
	}
	if media != "" {
		request.Header["Content-Type"] = media
	}
	for name, v := range given {
		request.Header[http.CanonicalHeaderKey(name)] = v
	}
	request.Body = body
	return request, nil
}

// body returns the body and its media type; "" leaves it to the client.
func (r *rawRequest) body(cmd *cobra.Command) (media string, body []byte, err error) {
	isForm := len(r.form)+len(r.files) > 0
	if r.data != "" && r.file != "" || isForm && (r.data != "" || r.file != "") {
		return "", nil, usagef("give the body once: with --data, with --body-file, or as a form")
	}
	form, err := pairs("--form", r.form)
	if err != nil {
		return "", nil, err
	}
	switch {
	case len(r.files) > 0:
		return r.multipart(cmd, form)
	case isForm:
		return "application/x-www-form-urlencoded", netsuite.FormQuery(form), nil
	case r.file != "":
		body, err = readFile(cmd, r.file)
		return "", body, err
	case r.data != "":
		return "", []byte(r.data), nil
	}
	return "", nil, nil
}

func (r *rawRequest) multipart(cmd *cobra.Command, form map[string]string) (string, []byte, error) {
	files, err := pairs("--file", r.files)
	if err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if err := m.WriteField(name, form[name]); err != nil {
			return "", nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path, ok := strings.CutPrefix(files[name], "@")
		if !ok {
			return "", nil, usagef("--file %s=%s: give name=@path", name, files[name])
		}
		data, err := readFile(cmd, path)
		if err != nil {
			return "", nil, err
		}
		part, err := m.CreateFormFile(name, filepath.Base(path))
		if err != nil {
			return "", nil, err
		}
		if _, err := part.Write(data); err != nil {
			return "", nil, err
		}
	}
	if err := m.Close(); err != nil {
		return "", nil, err
	}
	return m.FormDataContentType(), b.Bytes(), nil
}

// emptyAnswer is printed for an answer without a body, such as that to a write.
type emptyAnswer struct {
	Status   int    `json:"status"`
	ID       string `json:"id,omitempty"` // of the record that Location names
	Location string `json:"location,omitempty"`
}

func (r *rawRequest) print(w io.Writer, a netsuite.Answer) error {
	switch {
	case r.answer == answerRaw:
		_, err := w.Write(a.Body)
		return err
	case r.answer == answerText:
		_, err := io.WriteString(w, clean(strings.ToValidUTF8(string(a.Body), "\ufffd")))
		return err
	case len(a.Body) == 0:
		return printJSON(w, emptyAnswer{a.Status, a.ID, a.Header.Get("Location")})
	case !json.Valid(a.Body):
		return fmt.Errorf("NetSuite answered %d with what is not JSON (%s): --response-type text shows it", a.Status, line(a.Header.Get("Content-Type")))
	}
	return printRaw(w, a.Body)
}
