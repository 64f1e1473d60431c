package queue

// States lists every state of a document.
func States() []State {
	return []State{StateAccepted, StateApplied, StateSuperseded, StateRecorded, StateParked, StateDeadLettered, StateDiscarded}
}
