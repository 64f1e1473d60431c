// Package telemetry is how the programs are watched: the log, the metrics, and the admin listener that serves health,
// readiness and metrics.
//
// Nothing is global: a registry and a logger are made in main and handed down. Names and label values are a contract with
// alerts and dashboards. No label takes its value from what a supplier writes.
//
// Log lines are events: the message is a dotted lower-case name such as document.accepted, the rest are snake_case fields
// named as the metrics' labels are.
package telemetry
