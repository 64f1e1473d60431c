package simulator

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"counterpunch/internal/document"
)

// address is where NetSuite says that a record lives. It names the real host, whatever the simulator listens on.
func (s *Simulator) address(name, id string) string {
	return "https://" + s.options.Host + recordBase + name + "/" + id
}

func (s *Simulator) self(r *record, below string) []map[string]string {
	return []map[string]string{{"rel": "self", "href": s.address(strings.ToLower(r.schema.name), r.id) + below}}
}

// render returns a record as the REST API shows it. Sublists are links unless expanded; absent values are left out.
func (s *Simulator) render(r *record, expand, simpleEnums bool, only []string) map[string]any {
	out := map[string]any{"links": s.self(r, "")}
	if r.id != "" {
		out["id"] = r.id
	}
	wanted := func(name string) bool {
		return (len(only) == 0 || slices.Contains(only, name)) && !s.absent("", name) && !s.hiddenField(name)
	}
	for name := range s.shownFields(r.schema.fields, r.fields) {
		if wanted(name) {
			out[name] = renderValue(r.fields[name], simpleEnums && enumerated(name))
		}
	}
	for name := range r.schema.lists {
		if !wanted(name) {
			continue
		}
		if !expand {
			out[name] = map[string]any{"links": s.self(r, "/"+name)}
			continue
		}
		out[name] = s.renderList(r, name)
	}
	return out
}

// shownFields are the names of the fields that have a value, or of all of them where the account shows empty ones as null.
func (s *Simulator) shownFields(known map[string]field, values map[string]any) iter.Seq[string] {
	if s.knobs.NullFields {
		return maps.Keys(known)
	}
	return maps.Keys(values)
}

func (s *Simulator) renderList(r *record, list string) map[string]any {
	items := []map[string]any{}
	for _, one := range r.lists[list] {
		items = append(items, s.renderRow(r, list, one))
	}
	return map[string]any{"links": s.self(r, "/"+list), "items": items, "totalResults": len(items)}
}

func (s *Simulator) renderRow(r *record, list string, one *row) map[string]any {
	line := map[string]any{"links": s.self(r, "/"+list+"/"+strconv.Itoa(one.line)), "line": one.line}
	for name := range s.shownFields(r.schema.lists[list], one.fields) {
		if name == "line" || s.absent(list, name) || s.hiddenField(name) {
			continue
		}
		value := one.fields[name]
		if n, ok := value.(document.Decimal); ok && r.schema.lists[list][name].kind == whole {
			line[name] = n.Number()
			if name == "orderLine" {
				line[name] = s.shownLine(s.orderOf(r, one), list, int(wholeOf(value)))
			}
			continue
		}
		line[name] = renderValue(value, false)
	}
	return line
}

// enumerated fields are references to fixed words; simpleEnumFormat shows them as their id.
func enumerated(name string) bool {
	return slices.Contains([]string{"status", "orderStatus", "approvalStatus"}, name)
}

// renderValue shows numbers as NetSuite does, 10 as 10.0: a reader that compares their text is wrong.
func renderValue(v any, simple bool) any {
	switch v := v.(type) {
	case document.Decimal:
		plain := v.Canonical()
		if !strings.Contains(plain, ".") {
			plain += ".0"
		}
		return json.Number(plain)
	case ref:
		if simple {
			return v.id
		}
		out := map[string]any{"links": []string{}, "id": v.id}
		if v.name != "" {
			out["refName"] = v.name
		}
		return out
	}
	return v
}
