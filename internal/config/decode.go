package config

import (
	"encoding"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// decoder brings a YAML tree into structs. The library's own decoder stops at the first error and does not tell where
// the rest of the keys stand, which Validate needs.
type decoder struct {
	p       *problems
	secrets resolver
}

var (
	secretType   = reflect.TypeFor[Secret]()
	durationType = reflect.TypeFor[time.Duration]()
	prefixType   = reflect.TypeFor[netip.Prefix]()
	locationType = reflect.TypeFor[*time.Location]()
)

// starter is a list item that does not start from zero values.
type starter interface{ setDefaults() }

func (d *decoder) root(n ast.Node, c *Config) {
	if n == nil || n.Type() == ast.NullType {
		return
	}
	d.value("", n, reflect.ValueOf(c).Elem())
}

// value reads n into v. key is the path of n in the file.
func (d *decoder) value(key string, n ast.Node, v reflect.Value) {
	switch t := n.(type) {
	case *ast.NullNode: // "accounts:" with everything below commented out
		return
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		d.p.unread(key, "uses an anchor or an alias, which this file does not know; write the value out")
		return
	case *ast.TagNode:
		d.p.unread(key, "has the tag %s, which this file does not know; leave it out", quote(t.GetToken().Value))
		return
	}
	if leaf(v.Type()) {
		d.scalar(key, n, v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(key, n, v)
	case reflect.Map:
		d.table(key, n, v)
	case reflect.Slice:
		d.list(key, n, v)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(key, n, v.Elem())
	default:
		panic(fmt.Sprintf("config: %s has type %s, which the decoder does not know", key, v.Type()))
	}
}

// structure reads a mapping with fixed keys.
func (d *decoder) structure(key string, n ast.Node, v reflect.Value) {
	entries, ok := d.entries(key, n)
	if !ok {
		return
	}
	known := fields(v.Type())
	for _, e := range entries {
		i, ok := known[e.name]
		if !ok {
			names := slices.Collect(maps.Keys(known))
			d.p.add(e.key, "is not a known key; %s", suggest(e.name, names))
			// What is misspelt is not missing as well.
			d.p.failed[child(key, nearest(e.name, names))] = true
			continue
		}
		field := v.Field(i)
		d.pointAt(e)
		if text, ok := scalarText(e.value); ok && isReference(text) && v.Type().Field(i).Tag.Get("reference") == "yes" {
			d.reference(e.key, text, field)
			continue
		}
		d.value(e.key, e.value, field)
	}
}

// reference reads a value that is no secret but is often kept beside one.
func (d *decoder) reference(key, text string, v reflect.Value) {
	value, _, err := d.secrets.lookup(key, text)
	if err != nil {
		d.p.unread(key, "%s", err)
		return
	}
	if value == "" {
		value = text
	}
	v.SetString(value)
}

// table reads a mapping with free keys.
func (d *decoder) table(key string, n ast.Node, v reflect.Value) {
	entries, ok := d.entries(key, n)
	if !ok {
		return
	}
	m := reflect.MakeMap(v.Type())
	for _, e := range entries {
		value := reflect.New(v.Type().Elem()).Elem()
		d.pointAt(e)
		d.value(e.key, e.value, value)
		m.SetMapIndex(reflect.ValueOf(e.name), value)
	}
	v.Set(m)
}

// list reads a sequence. What the file says replaces a default list whole.
func (d *decoder) list(key string, n ast.Node, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.p.unread(key, "is %s, but a list is wanted: [a, b] or one \"- \" line an item", kind(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values))
	for i, n := range s.Values {
		if n == nil {
			continue
		}
		d.p.at[item(key, i)] = start(n)
		if start, ok := out.Index(i).Addr().Interface().(starter); ok {
			start.setDefaults()
		}
		d.value(item(key, i), n, out.Index(i))
	}
	v.Set(out)
}

type entry struct {
	name, key string
	value     ast.Node
}

// entries lists the keys of a mapping and remembers where they stand.
func (d *decoder) entries(key string, n ast.Node) ([]entry, bool) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		d.p.unread(key, "is %s, but keys with values are wanted", kind(n))
		return nil, false
	}
	entries := make([]entry, 0, len(values))
	for _, m := range values {
		if m.Key.IsMergeKey() {
			d.p.at[child(key, "<<")] = start(m.Key)
			d.p.add(child(key, "<<"), "uses the merge key <<, which this file does not know; write the keys out")
			continue
		}
		name := m.Key.GetToken().Value
		e := entry{name: name, key: child(key, name), value: m.Value}
		d.p.at[e.key] = start(m.Key)
		if m.Value != nil {
			entries = append(entries, e)
		}
	}
	return entries, true
}

// pointAt makes errors about a key point at its value where that is on one line with it; unknown keys point at the key.
func (d *decoder) pointAt(e entry) {
	switch _, ok := scalarText(e.value); {
	case ok, e.value.Type() == ast.AnchorType, e.value.Type() == ast.AliasType, e.value.Type() == ast.TagType:
		d.p.at[e.key] = start(e.value)
	}
}

// leaf reports whether values of type t are written as one scalar.
func leaf(t reflect.Type) bool {
	switch {
	case t == secretType, t == prefixType, t == locationType, reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		return true
	}
	return false
}

// scalar reads one value.
func (d *decoder) scalar(key string, n ast.Node, v reflect.Value) {
	text, ok := scalarText(n)
	if !ok {
		d.p.unread(key, "is %s, but a single value is wanted", kind(n))
		return
	}
	if v.Type() == secretType {
		s, warning, err := d.secrets.secret(key, text)
		if err != nil {
			d.p.unread(key, "%s", err)
			return
		}
		if warning != "" {
			d.p.warn(key, "%s", warning)
		}
		v.Set(reflect.ValueOf(s))
		return
	}
	if err := setScalar(v, n, text); err != nil {
		d.p.unread(key, "%s", err)
	}
	d.p.texts[key] = placeOf(n)
}

// setScalar parses text as v's type wants it.
func setScalar(v reflect.Value, n ast.Node, text string) error {
	switch v.Type() {
	case durationType:
		t, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("is %s, which is not a duration; give a number with ms, s, m or h, such as 30s or 1h30m", quote(text))
		}
		v.SetInt(int64(t))
		return nil
	case prefixType:
		prefix, err := parsePrefix(text)
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(prefix))
		return nil
	case locationType:
		zone, err := time.LoadLocation(text)
		if err != nil || text == "" || text == "Local" {
			return fmt.Errorf("is %s, which is not a time zone; give an IANA name such as Europe/Berlin or UTC", quote(text))
		}
		v.Set(reflect.ValueOf(zone))
		return nil
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		if n.Type() == ast.BoolType {
			return fmt.Errorf("is %s without quotes, which YAML reads as a truth value; quote it", text)
		}
		v.SetString(text)
	case reflect.Bool:
		if n.Type() != ast.BoolType {
			return fmt.Errorf("is %s; give true or false", quote(text))
		}
		v.SetBool(strings.EqualFold(text, "true"))
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return fmt.Errorf("is %s, which is not a whole number", quote(text))
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != f || f > 1e12 || f < -1e12 {
			return fmt.Errorf("is %s, which is not a number", quote(text))
		}
		v.SetFloat(f)
	}
	return nil
}

// parsePrefix reads a network, or one address as a network of one.
func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("is %s, which is not a network; give one such as 203.0.113.0/24 or 2001:db8::/32", quote(text))
	}
	if prefix != prefix.Masked() {
		return netip.Prefix{}, fmt.Errorf("is %s, whose address lies inside the network; did you mean %s, or the single address %s?", quote(text), prefix.Masked(), prefix.Addr())
	}
	return prefix, nil
}

// fields maps the keys of a section to its field numbers.
func fields(t reflect.Type) map[string]int {
	known := map[string]int{}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			known[name] = i
		}
	}
	return known
}
