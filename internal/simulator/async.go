package simulator

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	jobBase           = "/services/rest/async/v1/job/"
	kindJob           = "job"
	preferAsync       = "respond-async"
	headerIdempotency = "X-NetSuite-Idempotency-Key"
	onlyTask          = "1" // a job of the record API has one task
)

// job is a call that its caller did not wait for. The simulator carries it out at once, so that whoever asks finds it at its
// end.
type job struct {
	id      string
	key     string // the idempotency key, which NetSuite heeds for these calls alone
	at      time.Time
	reply   reply
	refused *refusal
}

func (s *Simulator) jobAddress(id string) string { return "https://" + s.options.Host + jobBase + id }

// promise carries a call out as a job and answers 202 with its address. A key that has been used before is refused with the
// address of the job that had it.
func (s *Simulator) promise(c *call) (reply, error) {
	if c.schema == nil {
		return reply{}, &refusal{status: http.StatusBadRequest, details: []detail{{
			Detail: "Only the record API can be called asynchronously.", Header: "Prefer", Code: codeHeader}}}
	}
	key := c.header.Get(headerIdempotency)
	if n := slices.IndexFunc(s.jobs, func(j job) bool { return j.key == key }); key != "" && n >= 0 {
		conflict := refuse(s.knobs.IdempotencyConflict, codeIdempotency, "Conflict")
		conflict.header = http.Header{"Location": {s.jobAddress(s.jobs[n].id)}}
		return reply{}, conflict
	}
	j := job{id: strconv.Itoa(len(s.jobs) + 1), key: key, at: s.now()}
	answer, err := s.carryOut(c)
	switch {
	case errors.As(err, &j.refused):
		c.write = false // nothing is there to be saved
	case err != nil:
		return reply{}, err
	default:
		j.reply = answer
	}
	s.jobs = append(s.jobs, j)
	return reply{status: http.StatusAccepted, header: http.Header{
		"Location": {s.jobAddress(j.id)}, "Preference-Applied": {preferAsync}}}, nil
}

// routeJob finds out what is asked of a job: itself, its tasks, its one task or the answer that a caller who waited would
// have had.
func (c *call) routeJob(rest string) {
	c.kind = kindJob
	segments := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	c.id, c.list = segments[0], segments[1:]
	c.only(http.MethodGet)
}

// job answers what is asked of a job.
func (s *Simulator) job(c *call) (reply, error) {
	n := slices.IndexFunc(s.jobs, func(j job) bool { return j.id == c.id })
	if n < 0 {
		return reply{}, refuse(http.StatusNotFound, codeNonexistent, "The job "+c.id+" does not exist.")
	}
	j := s.jobs[n]
	task := s.jobAddress(j.id) + "/task/"
	switch path := strings.Join(c.list, "/"); path {
	case "":
		return jsonReply(map[string]any{"id": j.id, "completed": true, "progress": j.progress(), "task": map[string]any{
			"links": []map[string]string{{"rel": "self", "href": task}}}}), nil
	case "task":
		return jsonReply(map[string]any{"items": []any{map[string]any{
			"links": []map[string]string{{"rel": "self", "href": task + onlyTask}}}}, "totalResults": 1}), nil
	case "task/" + onlyTask:
		at := j.at.UTC().Format(time.RFC3339)
		return jsonReply(map[string]any{"id": onlyTask, "completed": true, "progress": j.progress(), "startTime": at, "endTime": at}), nil
	case "task/" + onlyTask + "/result":
		if j.refused != nil {
			return reply{}, j.refused
		}
		return j.reply, nil
	}
	return reply{}, refuse(http.StatusNotFound, codeNonexistent, "The requested resource does not exist.")
}

func (j job) progress() string {
	if j.refused != nil {
		return "failed"
	}
	return "succeeded"
}

func jsonReply(body any) reply {
	return reply{status: http.StatusOK, media: "application/json", body: body}
}
