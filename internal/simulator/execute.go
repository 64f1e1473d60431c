package simulator

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// execute carries out one call on the books. It runs under the mutex; an error is a *refusal and leaves no trace.
func (s *Simulator) execute(c *call) (reply, error) {
	if c.refused != nil {
		return reply{}, c.refused
	}
	if c.kind == kindTokenInfo {
		return s.tokenInfo(c)
	}
	if err := s.permitted(c); err != nil {
		return reply{}, err
	}
	if strings.Contains(c.header.Get("Prefer"), preferAsync) {
		return s.promise(c)
	}
	return s.carryOut(c)
}

func (s *Simulator) carryOut(c *call) (reply, error) {
	switch {
	case c.kind == kindJob:
		return s.job(c)
	case c.kind == kindServerTime:
		return reply{status: http.StatusOK, media: "application/json",
			body: map[string]string{"serverTime": s.now().Format("2006-01-02T15:04:05.000Z")}}, nil
	case c.kind == kindGovernance:
		return reply{}, refuse(http.StatusForbidden, codePermission, fmt.Sprintf(violationText, "Administrator"))
	case c.kind == kindSuiteQL:
		return s.suiteQL(c)
	case c.kind == kindCatalog:
		return s.catalog(c)
	case c.transform != nil:
		return s.transform(c)
	case c.id == "" && c.method == http.MethodPost:
		return s.create(c, "")
	case c.id == "":
		return s.listRecords(c)
	case c.method == http.MethodPut:
		return s.upsert(c)
	case c.method == http.MethodPatch:
		return s.patch(c)
	case c.method == http.MethodDelete:
		return s.delete(c)
	}
	return s.get(c)
}

// record finds the record that the path names.
func (s *Simulator) record(c *call) (*record, error) {
	external, byExternal := strings.CutPrefix(c.id, "eid:")
	if byExternal && !plainExternal.MatchString(external) {
		return nil, refuse(http.StatusBadRequest, codeKey, accessing+"Invalid external id reference key "+external+".")
	}
	r := s.world.find(c.schema, c.id)
	if r != nil && !s.hidden(r.id) {
		return r, nil
	}
	if s.knobs.MissingAs400 {
		return nil, userError(incorrectType)
	}
	return nil, refuse(http.StatusNotFound, codeNonexistent, missingInstance)
}

// plainExternal is what an external id may consist of to be used in a path.
var plainExternal = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func matches(pattern string, body []byte) (bool, error) { return regexp.Match(pattern, body) }

func (s *Simulator) get(c *call) (reply, error) {
	r, err := s.record(c)
	if err != nil {
		return reply{}, err
	}
	if len(c.list) > 0 {
		return s.getList(c, r)
	}
	var only []string
	if v := c.query.Get("fields"); v != "" {
		only = strings.Split(v, ",")
		for _, name := range only {
			_, isField := c.schema.fields[name]
			if _, isList := c.schema.lists[name]; !isField && !isList {
				return reply{}, parameterError("fields", "Invalid field name '"+name+"'.")
			}
		}
	}
	expand, err := boolean(c, "expandSubResources")
	if err != nil {
		return reply{}, err
	}
	simple, err := boolean(c, "simpleEnumFormat")
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, media: mediaSingular, body: s.render(r, expand, simple, only)}, nil
}

func boolean(c *call, name string) (bool, error) {
	switch v := c.query.Get(name); v {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, parameterError(name, "Invalid value '"+v+"' of the query parameter '"+name+"'.")
	}
}

// getList answers /type/id/list and /type/id/list/line.
func (s *Simulator) getList(c *call, r *record) (reply, error) {
	if len(c.list) == 1 {
		return reply{status: http.StatusOK, media: mediaCollection, body: s.renderList(r, c.list[0])}, nil
	}
	line, err := strconv.Atoi(c.list[1])
	if one := r.row(c.list[0], line); err == nil && one != nil {
		return reply{status: http.StatusOK, media: mediaSingular, body: s.renderRow(r, c.list[0], one)}, nil
	}
	return reply{}, refuse(http.StatusNotFound, codeNonexistent, missingInstance)
}

// listRecords answers a collection: ids and links only.
func (s *Simulator) listRecords(c *call) (reply, error) {
	fits := search(func(*record) bool { return true })
	if c.query.Has("q") {
		var err error
		if fits, err = parseSearch(c.query.Get("q"), c.schema, s.knobs.DateFormat); err != nil {
			return reply{}, parameterError("q", invalidQuery+err.Error())
		}
	}
	limit, offset, err := window(c)
	if err != nil {
		return reply{}, err
	}
	items := []map[string]any{}
	total := 0
	for _, r := range s.world.all(c.schema) {
		if s.hidden(r.id) || !fits(r) {
			continue
		}
		if total >= offset && total < offset+limit {
			items = append(items, map[string]any{"links": s.self(r, ""), "id": r.id})
		}
		total++
	}
	return reply{status: http.StatusOK, media: mediaCollection, body: page(items, s.address(c.schema.name, ""), limit, offset, total)}, nil
}

// saving prepares one write: what do changes is kept with the call, to be committed when it and the checks succeed. It
// answers 204 with the Location of the record, or as preview what would be saved.
func (s *Simulator) saving(c *call, do func(*save) (*record, error)) (reply, error) {
	t := s.world.begin(c.carried)
	r, err := do(t)
	if err != nil {
		if !c.preview {
			for _, a := range t.accident {
				a.Line, a.Refuse = 0, err.Error()
				s.world.accident = append(s.world.accident, a)
			}
		}
		return reply{}, err
	}
	header := http.Header{}
	if len(c.warn) > 0 {
		header["Warning"] = nil
		for _, w := range c.warn {
			header["Warning"] = append(header["Warning"], `299 - "`+w+`"`)
		}
	}
	if c.preview {
		shown := r.clone()
		shown.id = ""
		return reply{status: http.StatusOK, header: header, media: mediaCreateForm, body: s.render(shown, true, false, nil)}, nil
	}
	c.saved = t
	if r != nil {
		header.Set("Location", s.address(r.schema.name, r.id))
	}
	return reply{status: http.StatusNoContent, header: header}, nil
}

// create makes a record out of the body alone. external is the external id of an upsert.
func (s *Simulator) create(c *call, external string) (reply, error) {
	switch c.schema.name {
	case orderType:
		return reply{}, refuse(http.StatusForbidden, codePermission, fmt.Sprintf(violationText, "Transactions -> Purchase Order (Create)"))
	case receiptType:
		return reply{}, userError(enterValueText, "Created From") // a receipt is made from an order, by a transform
	}
	x, err := s.readContent(c, c.schema)
	if err != nil {
		return reply{}, err
	}
	return s.saving(c, func(t *save) (*record, error) {
		r := t.create(c.schema)
		if err := x.write(t, r); err != nil {
			return nil, err
		}
		if external != "" {
			r.fields["externalId"] = external
			r.given["externalId"] = true
		}
		return r, s.finish(t, nil, r)
	})
}

// write puts the body's fields and lines into a record.
func (x *content) write(t *save, r *record) error {
	err := x.fields(r.fields, x.schema.fields, x.body, "", func(name string) { r.given[name] = true })
	if err != nil {
		return err
	}
	for _, list := range []string{itemList, expenses, applyList, taxList} {
		if x.schema.lists[list] == nil || x.account.absent("", list) {
			continue
		}
		if err := x.merge(t, r, list); err != nil {
			return err
		}
	}
	return nil
}

func (s *Simulator) patch(c *call) (reply, error) {
	found, err := s.record(c)
	if err != nil {
		return reply{}, err
	}
	if s.knobs.OptimisticLock && c.opened && found.version != c.version {
		return reply{}, userError(recordChangedText)
	}
	x, err := s.readContent(c, c.schema)
	if err != nil {
		return reply{}, err
	}
	return s.saving(c, func(t *save) (*record, error) {
		r := t.edit(found.id)
		if err := x.write(t, r); err != nil {
			return nil, err
		}
		return r, s.finish(t, found, r)
	})
}

// upsert is PUT by external id: the record is made or changed. Lines follow the rules of PATCH, so that a repeated PUT
// without line numbers doubles them.
func (s *Simulator) upsert(c *call) (reply, error) {
	external, byExternal := strings.CutPrefix(c.id, "eid:")
	if !byExternal {
		return reply{}, refuse(http.StatusMethodNotAllowed, codeMethod, strings.ReplaceAll(notAllowedText, "%s", c.method))
	}
	if !plainExternal.MatchString(external) {
		return reply{}, refuse(http.StatusBadRequest, codeKey, accessing+"Invalid external id reference key "+external+".")
	}
	if s.world.find(c.schema, c.id) != nil {
		return s.patch(c)
	}
	return s.create(c, external)
}

func (s *Simulator) delete(c *call) (reply, error) {
	r, err := s.record(c)
	if err != nil {
		return reply{}, err
	}
	if s.knobs.OptimisticLock && c.opened && r.version != c.version {
		return reply{}, userError(recordChangedText)
	}
	return s.saving(c, func(t *save) (*record, error) {
		t.remove(r.id)
		return nil, s.unbook(t, r)
	})
}

// finish completes and checks a changed record by the rules of its type. before is nil for a new one.
func (s *Simulator) finish(t *save, before, r *record) error {
	if err := s.unique(before, r); err != nil {
		return err
	}
	switch r.schema.name {
	case orderType:
		return s.finishOrder(before, r)
	case billType:
		return s.finishBill(t, before, r)
	case receiptType:
		return s.finishReceipt(t, before, r)
	}
	return s.finishCredit(t, before, r)
}

// unique refuses an external id that another record of the type has, and on request a reference number that the vendor has.
func (s *Simulator) unique(before, r *record) error {
	k := s.knobs
	if external := r.text("externalId"); external != "" && (before == nil || before.text("externalId") != external) {
		if s.takenExternal(r.schema, external) {
			return refuse(k.DuplicateStatus, k.DuplicateCode, k.DuplicateText)
		}
	}
	if k.DuplicateTranID != Refuse || r.schema.name == orderType || r.text("tranId") == "" {
		return nil
	}
	for _, id := range s.world.byTranID[strings.ToUpper(r.text("tranId"))] {
		other := s.world.records[id]
		if id != r.id && other.schema == r.schema && other.text("entity") == r.text("entity") {
			return userError(duplicateTranText)
		}
	}
	return nil
}

// takenExternal reports whether the account keeps another record of the type from having the external id.
func (s *Simulator) takenExternal(of *schema, external string) bool {
	switch s.knobs.ExternalIDUnique {
	case Off:
		return false
	case Transactions:
		for _, other := range s.world.schemas {
			if s.world.find(other, "eid:"+external) != nil {
				return true
			}
		}
		return false
	}
	return s.world.find(of, "eid:"+external) != nil
}
