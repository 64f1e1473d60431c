// Package record holds the NetSuite records that are read back: purchase order, vendor bill and vendor credit, decoded
// from the REST record API with expandSubResources=true.
//
// Numbers are exact: NetSuite's JSON numbers become decimals without passing through a float. Every field, custom ones
// included, stays available as NetSuite sent it in Raw, at the top level and on each line. A sublist that is given as a
// link only, or not whole, is an error and never an empty list: a comparison with half an order would bill it wrongly.
//
// The types are for reading; what is written to NetSuite is built by others as plain JSON.
package record
