package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
)

// maxFileWarnings bounds the warnings about references: a document may hold thousands.
const maxFileWarnings = 50

// fileWarnings holds what the document refers to against the files that came. Neither a reference without a file nor a file
// without a reference keeps a document from being used.
func fileWarnings(references []cxml.Reference, files []part) []document.Warning {
	var warnings []document.Warning
	wanted := make([]bool, len(files))
	for _, r := range references {
		if i := referredFile(r.URL, files); i >= 0 {
			wanted[i] = true
			continue
		}
		if remote(r.URL) || len(warnings) == maxFileWarnings {
			continue
		}
		warnings = append(warnings, document.Warning{
			Code: "attachment-missing", Path: r.Path, Line: r.Line, Column: r.Column, Original: clip(r.URL),
			Text: "The document refers to an attachment that did not come with it: no part has this Content-ID.",
		})
	}
	for i, f := range files {
		if !wanted[i] {
			warnings = append(warnings, document.Warning{
				Code: "attachment-unreferenced", Original: clip(f.contentID),
				Text: fmt.Sprintf("The document does not refer to the attachment %s; it was kept.", f),
			})
		}
	}
	return warnings
}

// referredFile returns the file that a reference means, or -1: by Content-ID, with the scheme cid: or without it, else by
// the name of the file.
func referredFile(reference string, files []part) int {
	id := strings.TrimSpace(reference)
	if len(id) >= 4 && strings.EqualFold(id[:4], "cid:") {
		id = id[4:]
	}
	id = bareContentID(id)
	for i, f := range files {
		if f.contentID != "" && f.contentID == id {
			return i
		}
	}
	for i, f := range files {
		if f.name != "" && f.name == id {
			return i
		}
	}
	return -1
}

// remote reports whether a reference leads elsewhere, to a file that never comes with the document. Nothing is fetched.
func remote(reference string) bool {
	u, err := url.Parse(strings.TrimSpace(reference))
	return err == nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "ftp")
}

// keepFiles stores the files that came with a document and returns what the event says of them.
func (h *Handler) keepFiles(ctx context.Context, files []part) ([]event.Attachment, error) {
	var kept []event.Attachment
	for _, f := range files {
		data := withoutSecrets(f)
		ref, err := h.Queue.PutAttachment(ctx, data)
		if err != nil {
			return nil, fmt.Errorf("store an attachment: %w", err)
		}
		sum := sha256.Sum256(data)
		kept = append(kept, event.Attachment{
			ContentID: f.contentID, Name: f.name, MediaType: f.mediaType,
			Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Ref: ref,
		})
	}
	return kept, nil
}

// withoutSecrets returns the file as it may be kept: hubs attach a copy of the document, with the secret in it.
func withoutSecrets(f part) []byte {
	if strings.Contains(f.mediaType, "xml") || strings.HasPrefix(http.DetectContentType(f.data), "text/") {
		return cxml.WithoutSecrets(f.data, f.charset)
	}
	return f.data
}
