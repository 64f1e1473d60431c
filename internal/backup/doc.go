// Package backup writes the streams and buckets of an installation into a folder and brings them back, with the sequences
// that the records of documents refer to.
//
// A backup is a folder with one snapshot of JetStream a stream and manifest.json, which is written last: a folder without
// it is no backup. Snapshots are taken one after the other while documents come in and are worked on, so they show
// different moments. What the order of queue.BackupStreams and queue.Queue.AfterRestore make of that:
//
//   - A document that came after the snapshot of INBOUND is not in the backup, and whatever later snapshots say of it is
//     dropped. The intake journal names it: counterpunch reconcile lists it.
//   - A document that is in the backup is never without the record that its lane has finished it, because HISTORY is taken
//     after INBOUND; one that was finished later comes again, and what it has made in NetSuite is found there.
//   - A letter that is missing because it was taken out between two snapshots is written again from its document.
//
// A restore goes the other way, INBOUND last: until it stands ingest accepts nothing and no lane has anything to work on.
//
// Leases, access tokens and cached order numbers are not backed up: they are worth nothing later.
package backup
