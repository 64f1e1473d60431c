package cli

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/netsuite"
)

// recordBody is the body of a record as it is given: a file, JSON, or fields.
type recordBody struct {
	file, data string
}

const bodyHelp = "Fields are given as field=text or field:=JSON: numbers, booleans and null need the latter. A dot goes into an object:\n" +
	"entity.id=501 is {\"entity\":{\"id\":\"501\"}}."

func (b *recordBody) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&b.file, "file", "f", "", "`file` with the body as JSON; - is standard input")
	cmd.Flags().StringVarP(&b.data, "data", "d", "", "body as `JSON`")
}

// writing is a command that sends the body of a record.
type writing struct {
	connection
	body recordBody
}

func (w *writing) flags(cmd *cobra.Command) {
	w.connection.flags(cmd, asTable, asJSON)
	w.body.flags(cmd)
}

// run returns do with a client and the body. Arguments after those that are named are its fields. empty is the body when none
// is given; "" refuses that.
func (w *writing) run(named int, empty string, do func(cmd *cobra.Command, client *netsuite.Client, args []string, body json.RawMessage) error) runner {
	return w.connection.run(func(cmd *cobra.Command, client *netsuite.Client, args []string) error {
		body, err := w.body.read(cmd, args[named:], empty)
		if err != nil {
			return err
		}
		return do(cmd, client, args, body)
	})
}

// read returns the body. Given JSON is passed on as it is, so that its numbers stay exact.
func (b *recordBody) read(cmd *cobra.Command, fields []string, empty string) (json.RawMessage, error) {
	given := 0
	for _, is := range []bool{b.file != "", b.data != "", len(fields) > 0} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return nil, usagef("give the body once: with --file, with --data, or as fields")
	case given == 0 && empty == "":
		return nil, usagef("give the body with --file or --data, or as fields; try %s --help", cmd.CommandPath())
	case given == 0:
		return json.RawMessage(empty), nil
	case b.file != "":
		data, err := readFile(cmd, b.file)
		if err != nil {
			return nil, err
		}
		return objectBody("--file "+b.file, data)
	case b.data != "":
		return objectBody("--data", []byte(b.data))
	}
	return fieldBody(fields)
}

func objectBody(what string, data []byte) (json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, usagef("%s is not a JSON object: %w", what, err)
	}
	if fields == nil {
		return nil, usagef("%s is not a JSON object", what)
	}
	return json.RawMessage(data), nil
}

func fieldBody(fields []string) (json.RawMessage, error) {
	body := map[string]any{}
	for _, one := range fields {
		name, value, ok := strings.Cut(one, "=")
		var given any = value
		if bare, isJSON := strings.CutSuffix(name, ":"); ok && isJSON {
			name = bare
			raw := json.RawMessage(value)
			if !json.Valid(raw) {
				return nil, usagef("%q: what follows := is not JSON; text is given as %s=…", one, name)
			}
			given = raw
		}
		if !ok || !put(body, strings.Split(name, "."), given) {
			return nil, usagef("%q: give field=text or field:=JSON, each field once", one)
		}
	}
	return json.Marshal(body)
}

// put sets a value below a path of names. It is false for an empty name and for what is already there.
func put(into map[string]any, path []string, value any) bool {
	name := path[0]
	there, taken := into[name]
	switch {
	case name == "":
		return false
	case len(path) == 1:
		into[name] = value
		return !taken
	case !taken:
		there = map[string]any{}
		into[name] = there
	}
	below, ok := there.(map[string]any)
	return ok && put(below, path[1:], value)
}
