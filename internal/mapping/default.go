package mapping

import "counterpunch/internal/document"

// Default is the configuration for an account that has the custom fields of deploy/netsuite and nothing special. It has
// no charge targets: accounts differ in every installation.
func Default() Config {
	return Config{
		Header: map[string]string{
			"custbody_cp_confirmation_number": `doc.confirmationNumber`,
			"custbody_cp_confirmation_date":   `doc.confirmationDate`,
			"custbody_cp_supplier_tax":        `number(doc.tax)`,
			"custbody_cp_supplier_shipping":   `number(doc.shipping)`,
			"custbody_cp_supplier_total":      `number(doc.total)`,
			"custbody_cp_shipments":           `clip(join(doc.shipments, ", "), 4000)`,
			"custbody_cp_tracking_numbers":    `clip(join(doc.trackingNumbers, ", "), 4000)`,
			"custbody_cp_carriers":            `clip(join(doc.carriers, ", "), 300)`,
			"custbody_cp_ship_date":           `doc.shipDate`,
		},
		Line: map[string]string{
			"custcol_cp_status":             `line.status`,
			"custcol_cp_confirmed_quantity": `number(line.confirmedQuantity)`,
			"custcol_cp_confirmed_price":    `number(line.confirmedPrice)`,
			"custcol_cp_comments":           `clip(line.comments, 300)`,
			"custcol_cp_ship_date":          `line.shipDate`,
			"custcol_cp_shipped_quantity":   `number(line.shippedQuantity)`,
			"expectedReceiptDate":           `line.deliveryDate`,
		},
		LinePolicy: LineByPosition,
		Strategy:   TransformReplace,
		// The rounding of one amount.
		Tolerance:     Tolerance{Total: Limit{Percent: document.NewDecimal(100), Amount: document.MustDecimal("0.01")}},
		DocumentField: "custbody_cp_document",
	}
}

// usualUnits are the units that orders and suppliers spell in several ways: UN/CEFACT Recommendation 20 first, then
// what is seen beside it.
func usualUnits() map[string][]string {
	return map[string][]string{
		"EA":  {"EACH", "PCE", "PC", "PCS", "PIECE", "C62", "H87"},
		"BX":  {"BOX"},
		"CT":  {"CTN", "CARTON"},
		"CS":  {"CASE"},
		"PK":  {"PACK", "PAK"},
		"PR":  {"PAIR"},
		"SET": {"SETS"},
		"DZN": {"DZ", "DOZ", "DOZEN"},
		"RO":  {"ROLL", "RL"},
		"KGM": {"KG", "KILOGRAM"},
		"GRM": {"G", "GRAM"},
		"LBR": {"LB", "LBS", "POUND"},
		"LTR": {"L", "LITER", "LITRE"},
		"GLL": {"GAL", "GALLON"},
		"MTR": {"M", "METER", "METRE"},
		"FOT": {"FT", "FOOT", "FEET"},
		"HUR": {"HR", "HRS", "HOUR", "HOURS"},
		"DAY": {"DAYS"},
		"MON": {"MONTH"},
	}
}

// usualCurrencies are NetSuite's own names of the commonest currencies. Internal ids differ between accounts.
func usualCurrencies() map[string][]string {
	return map[string][]string{
		"USD": {"US Dollar", "US Dollars", "USA"},
		"EUR": {"Euro"},
		"GBP": {"British Pound", "British pound", "Pound Sterling"},
		"CAD": {"Canadian Dollar"},
		"AUD": {"Australian Dollar"},
		"NZD": {"New Zealand Dollar"},
		"CHF": {"Swiss Franc"},
		"JPY": {"Japanese Yen", "Yen"},
		"CNY": {"Chinese Yuan", "Yuan Renminbi"},
		"MXN": {"Mexican Peso"},
		"SEK": {"Swedish Krona"},
		"NOK": {"Norwegian Krone"},
		"DKK": {"Danish Krone"},
		"PLN": {"Polish Zloty"},
		"INR": {"Indian Rupee"},
		"SGD": {"Singapore Dollar"},
		"HKD": {"Hong Kong Dollar"},
	}
}
