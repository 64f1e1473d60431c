// Package operations is what people who look after an installation can do with its documents: choose dead letters or ended
// documents, replay them one by one or as a job, correct them with the consent of a second person, discard, export and
// import them. Whoever offers it to people (the command line, an API) asks and shows; what is decided is here.
//
// Everything names its author and is kept in the history of the document. An author is a name that the caller gives, and
// nothing here proves it: the second person who approves a correction guards against slips, not against somebody who
// may write to the streams and gives a colleague's name.
//
// Of several people who decide about one document one wins, because each decision names the message that its author
// looked at.
package operations
