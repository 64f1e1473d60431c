package audit_test

import "counterpunch/internal/simulator"

// rule is a value of one knob of the simulator that money depends on. lines: it is about what becomes of an order's lines
// in a transform, in which the strategies differ. reads: it is about what is read before anything is written.
type rule struct {
	name         string
	lines, reads bool
	turn         func(*simulator.Knobs)
}

// rules are those under which every strategy bills every good invoice; see otherwise for the others.
func rules() []rule {
	return []rule{
		{"as delivered", true, true, func(*simulator.Knobs) {}},
		{"unlistedLines=none", true, false, func(k *simulator.Knobs) { k.UnlistedLines = simulator.None }},
		{"zeroQuantity=kept", true, false, func(k *simulator.Knobs) { k.ZeroQuantity = simulator.Kept }},
		{"nullFields", true, true, func(k *simulator.Knobs) { k.NullFields = true }},
		{"nameAsCode", false, false, func(k *simulator.Knobs) { k.NameAsCode = true }},
		{"duplicateTranId=refuse", false, false, func(k *simulator.Knobs) { k.DuplicateTranID = simulator.Refuse }},
		{"missingAs400", false, true, func(k *simulator.Knobs) { k.MissingAs400 = true }},
		{"errorStyle=rfc2616", false, true, func(k *simulator.Knobs) { k.ErrorStyle = simulator.RFC2616 }},
		{"duplicateText=entity", false, false, func(k *simulator.Knobs) { k.DuplicateText = "This entity already exists." }},
		{"duplicateCode=UNIQUE_RCRD_ID_REQD", false, false, func(k *simulator.Knobs) {
			k.DuplicateCode, k.DuplicateText = "UNIQUE_RCRD_ID_REQD", "A record with this external id exists."
		}},
		{"overBilling=refuse", false, false, func(k *simulator.Knobs) { k.OverBilling = simulator.Refuse }},
		{"billBeforeReceipt=refuse", false, false, func(k *simulator.Knobs) { k.BillBeforeReceipt = simulator.Refuse }},
		{"nullColumns", false, true, func(k *simulator.Knobs) { k.NullColumns = true }},
		{"negativeOrderQuantity", false, false, func(k *simulator.Knobs) { k.NegativeOrderQuantity = true }},
		{"dateFormat=DD/MM/YYYY", false, false, func(k *simulator.Knobs) { k.DateFormat = "DD/MM/YYYY" }},
		{"duplicateStatus=409", false, false, func(k *simulator.Knobs) { k.DuplicateStatus = 409 }},
		{"externalIdUnique=off", false, false, func(k *simulator.Knobs) { k.ExternalIDUnique = simulator.Off }},
		{"externalIdUnique=transactions", false, false, func(k *simulator.Knobs) { k.ExternalIDUnique = simulator.Transactions }},
		{"oneWorld=off", false, true, func(k *simulator.Knobs) { k.OneWorld = simulator.Off }},
		{"taxMode=legacy", true, false, func(k *simulator.Knobs) { k.TaxMode = simulator.LegacyTax }},
		{"taxMode=none", true, false, func(k *simulator.Knobs) { k.TaxMode = simulator.None }},
		{"taxDetails=refuse", false, false, func(k *simulator.Knobs) { k.TaxDetails = simulator.Refuse }},
		{"perLineLocation=off", true, false, func(k *simulator.Knobs) { k.PerLineLocation = simulator.Off }},
		{"missingSubsidiary=refuse", false, false, func(k *simulator.Knobs) { k.MissingSubsidiary = simulator.Refuse }},
		{"postingPeriod=open", false, false, func(k *simulator.Knobs) { k.PostingPeriod = simulator.Open }},
		{"dateOutsidePeriod=refuse", false, false, func(k *simulator.Knobs) { k.DateOutsidePeriod = simulator.Refuse }},
		{"optimisticLock=false", false, false, func(k *simulator.Knobs) { k.OptimisticLock = false }},
		// A document is tried five times at once: more would be dead letters by chance.
		{"recordChanged 1 in 20", false, false, func(k *simulator.Knobs) { k.RecordChanged = simulator.Fault{Rate: 0.05} }},
		{"recordChanged 1 in 20, nameAsCode", false, false, func(k *simulator.Knobs) {
			k.RecordChanged, k.NameAsCode = simulator.Fault{Rate: 0.05}, true
		}},
		{"concurrency 400, limit 2", false, false, func(k *simulator.Knobs) {
			k.ConcurrencyLimit, k.ConcurrencyStatus, k.ConcurrencyTopLevel = 2, 400, true
		}},
	}
}
