package netsuite

import "errors"

// list is a page of an answer that lists things.
type list[T any] struct {
	Items   *[]T `json:"items"`
	HasMore bool `json:"hasMore"`
	Total   int  `json:"totalResults"`
}

var errNoItems = errors.New("the answer has no items")

// decodesList accepts what decodesInto does, if it has items. A page of something in between has none either, and must not
// look like an answer that found nothing.
func decodesList[T any](target *list[T]) func(*answer) error {
	return func(a *answer) error {
		if err := decodesInto(target)(a); err != nil {
			return err
		}
		if target.Items == nil {
			return errNoItems
		}
		return nil
	}
}
