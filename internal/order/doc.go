// Package order keeps, for one purchase order, what the supplier's confirmations and ship notices say of it, and folds
// that into the state the order should have.
//
// A confirmation or notice is a statement that replaces, adds to or takes back earlier ones, and it may arrive late,
// twice, or again after a replay. So nothing is ever applied on top of what is there: every document becomes a
// Contribution with a version that it carries in itself, a Ledger keeps the highest version of each contribution, and
// Fold walks the live ones. The same documents give the same State in whatever order they came. Until NetSuite shows what a
// contribution says it is pending: it counts, and can be withdrawn without a trace.
//
// The package is pure: it reads no clock, does no input or output, and keeps nothing between calls. It does not know the
// lines of the purchase order; a statement about the whole order is kept as such, and the mapping spreads it over the
// lines.
package order
