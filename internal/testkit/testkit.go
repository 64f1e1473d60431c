// Package testkit is the root of what tests of several packages share: each package below it is one aid, in the manner of
// net/http/httptest. Aids that belong to a package of ours stand beside it (embeddedtest, demotest, fixturetest). Programs
// import none of them; the scenarios of internal/chaos, which are no part of what is installed, do.
package testkit
