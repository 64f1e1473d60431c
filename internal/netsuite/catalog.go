package netsuite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
)

const catalogPath = recordPath + "metadata-catalog/"

// catalogName bounds the schemas that a reference may lead to.
var catalogName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,99}$`)

// Field is a field that a record type has in this account.
type Field struct {
	List     string // item or expense; empty for a field of the body
	Name     string // as written to the record API, custom fields in lower case
	Title    string // as NetSuite's pages call it
	Type     string // of JSON Schema: string, number, integer, boolean, object, array
	Format   string // of JSON Schema, such as date; often empty
	Custom   bool
	ReadOnly bool
}

// schema is the part of NetSuite's JSON Schema that is looked at.
type schema struct {
	Ref        string            `json:"$ref"`
	Title      string            `json:"title"`
	Type       string            `json:"type"`
	Format     string            `json:"format"`
	ReadOnly   bool              `json:"readOnly"`
	Custom     bool              `json:"x-ns-custom-field"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
}

// Fields returns the fields of a record type and of its item and expense lines, custom ones included, sorted. The role
// needs the permission to see the record type.
func (c *Client) Fields(ctx context.Context, typ string) ([]Field, error) {
	whole, err := c.schema(ctx, typ)
	if err != nil {
		return nil, fmt.Errorf("read the fields of %s: %w", clip(typ, 80), err)
	}
	found := listed("", whole)
	for _, list := range keyed {
		lines, err := c.lineSchema(ctx, whole.Properties[list])
		if err != nil {
			return nil, fmt.Errorf("read the fields of %s, sublist %s: %w", typ, list, err)
		}
		found = append(found, listed(list, lines)...)
	}
	slices.SortFunc(found, func(a, b Field) int { return cmp.Or(cmp.Compare(a.List, b.List), cmp.Compare(a.Name, b.Name)) })
	return found, nil
}

// lineSchema goes from a sublist to its lines. Either may be given in place or by reference.
func (c *Client) lineSchema(ctx context.Context, list schema) (schema, error) {
	list, err := c.resolved(ctx, list)
	if err != nil {
		return schema{}, err
	}
	items := list.Properties["items"].Items
	if items == nil {
		return schema{}, nil
	}
	return c.resolved(ctx, *items)
}

func (c *Client) resolved(ctx context.Context, s schema) (schema, error) {
	if s.Ref == "" {
		return s, nil
	}
	return c.schema(ctx, path.Base(s.Ref))
}

func (c *Client) schema(ctx context.Context, name string) (schema, error) {
	k, err := schemaCall(name)
	if err != nil {
		return schema{}, err
	}
	var s schema
	_, err = c.send(ctx, k, func(a *answer) error {
		if err := decodesInto(&s)(a); err != nil {
			return err
		}
		if len(s.Properties) == 0 {
			return errors.New("the schema has no properties")
		}
		return nil
	})
	return s, err
}

func schemaCall(name string) (call, error) {
	if !catalogName.MatchString(name) {
		return call{}, fmt.Errorf("%q is not a record type", clip(name, 80))
	}
	return call{
		method: http.MethodGet, path: catalogPath + name, kind: "metadata-catalog",
		header: map[string]string{"Accept": "application/schema+json"},
	}, nil
}

func listed(list string, s schema) []Field {
	fields := make([]Field, 0, len(s.Properties))
	for name, p := range s.Properties {
		if name == "links" {
			continue
		}
		fields = append(fields, Field{List: list, Name: name, Title: p.Title, Type: p.Type, Format: p.Format, Custom: p.Custom, ReadOnly: p.ReadOnly})
	}
	return fields
}
