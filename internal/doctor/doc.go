// Package doctor finds out whether an account of NetSuite is set up for what the worker does there, and says in the words
// of NetSuite's own pages what to change.
//
// The examination is a ladder: each rung asks one thing, and a rung that could not be judged because an earlier one failed
// is skipped. Nothing is ever saved in NetSuite: it reads, asks the metadata catalog, previews forms, and sends the one
// change that tells a right to edit from a right to see to an order that does not exist. Should NetSuite save a bill whose
// form it was asked for, which is not its documented way, the report names the bill, and no form is asked for again.
//
// A refused sign-in ends the examination at once. NetSuite locks a user for half an hour after five of them, so nobody
// should cause a second one before somebody has looked.
package doctor
