package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxLookupFile bounds a file of lookup entries; 100,000 of them have some 5 MB.
const maxLookupFile = 16 << 20

// decodeEntries reads the entries of a file in one of the forms that lookups export writes.
func decodeEntries(r io.Reader) ([]entry, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxLookupFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxLookupFile:
		return nil, fmt.Errorf("is larger than %d bytes", maxLookupFile)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which spreadsheets write
	var entries []entry
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '[' {
		err = json.Unmarshal(trimmed, &entries)
	} else {
		entries, err = entriesOfCSV(data)
	}
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		if strings.TrimSpace(e.Value) == "" {
			return nil, fmt.Errorf("entry %d, %s in table %s, has no value; lookups delete takes an entry back", i+1, e.Key, e.Table)
		}
	}
	return entries, nil
}

// entriesOfCSV reads CSV by the names of its columns; others than table, key and value are left out.
func entriesOfCSV(data []byte) ([]entry, error) {
	rows := csv.NewReader(bytes.NewReader(data))
	header, err := rows.Read()
	if err != nil {
		return nil, errors.New("has no line with the columns table, key and value")
	}
	at := map[string]int{}
	for _, name := range []string{"table", "key", "value"} {
		i := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
		if i < 0 {
			return nil, fmt.Errorf("has no column %s; give table, key and value", name)
		}
		at[name] = i
	}
	var entries []entry
	for {
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF):
			return entries, nil
		case err != nil:
			return nil, err
		}
		entries = append(entries, entry{unguarded(row[at["table"]]), unguarded(row[at["key"]]), unguarded(row[at["value"]])})
	}
}
