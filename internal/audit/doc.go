// Package audit holds the installation against the money: what is posted as cXML against what stands in NetSuite's books,
// worked out by a script that shares nothing with this program. It has no code of its own.
package audit
