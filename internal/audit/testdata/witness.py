"""Says what an invoice comes to, from its XML alone: the witness of the tests of internal/audit.

usage: witness.py FILE...   prints a JSON object, by file name

It knows cXML and nothing of the program. Lines are what they state (SubtotalAmount), or quantity times price, per unit
of the price basis. A charge is what the summary states; at the lines where the indicators put it there and the summary
has none. Credits are given without their sign. An invoice that does not add up to its own NetAmount is an error: then the
test is wrong, and not the program.
"""
import json
import os
import sys
from decimal import ROUND_HALF_UP, Decimal
from xml.etree import ElementTree

CENT = Decimal("0.01")


def money(parent, path):
    element = parent.find(path + "/Money") if parent is not None else None
    return Decimal(element.text.strip()) if element is not None else None


def sums(elements, path):
    return sum((abs(m) for m in (money(e, path) for e in elements) if m is not None), Decimal(0))


def line_amount(item):
    stated = money(item, "SubtotalAmount")
    if stated is not None:
        return abs(stated)
    price, quantity = money(item, "UnitPrice"), Decimal(item.get("quantity"))
    basis = item.find("PriceBasisQuantity")
    if basis is not None:
        price = price * Decimal(basis.get("conversionFactor")) / Decimal(basis.get("quantity"))
    return abs((quantity * price).quantize(CENT, ROUND_HALF_UP))


def modifications(element, path):
    costs, deductions = Decimal(0), Decimal(0)
    for m in element.findall(path + "/Modification"):
        costs += abs(money(m, "AdditionalCost") or 0)
        deductions += abs(money(m, "AdditionalDeduction/DeductionAmount") or 0)
    return costs, deductions


def charges(request, lines, summary):
    indicator = request.find("InvoiceDetailRequestHeader/InvoiceDetailLineIndicator").attrib
    kinds = {
        "tax": ("isTaxInLine", "Tax", "Tax"),
        "shipping": ("isShippingInLine", "ShippingAmount", "InvoiceDetailLineShipping"),
        "handling": ("isSpecialHandlingInLine", "SpecialHandlingAmount", "InvoiceDetailLineSpecialHandling"),
        "discount": ("isDiscountInLine", "InvoiceDetailDiscount", "InvoiceDetailDiscount"),
    }
    found = {}
    for kind, (flag, total, at_line) in kinds.items():
        found[kind] = abs(money(summary, total) or Decimal(0))
        if found[kind] == 0 and indicator.get(flag) == "yes":
            found[kind] = sums(lines, at_line)
    found["other"] = Decimal(0)
    for element, path in [(summary, "InvoiceHeaderModifications")] + [(l, "InvoiceItemModifications") for l in lines]:
        costs, deductions = modifications(element, path)
        found["other"] += costs
        found["discount"] += deductions
    found["discount"] = -found["discount"]
    return found


def audit(path):
    root = ElementTree.parse(path).getroot()
    request = root.find("Request/InvoiceDetailRequest")
    header, summary = request.find("InvoiceDetailRequestHeader"), request.find("InvoiceDetailSummary")
    credit = header.get("purpose") in ("creditMemo", "lineLevelCreditMemo")
    lines, whole, every = {}, {}, []
    for order in list(request.findall("InvoiceDetailOrder")) + list(request.findall("InvoiceDetailHeaderOrder")):
        info = order.find("InvoiceDetailOrderInfo")
        reference = info.find("OrderReference")
        if reference is None:
            reference = info.find("OrderIDInfo")
        # Suppliers pad numbers and change their case.
        number = reference.get("orderID").strip().upper() if reference is not None else ""
        for item in order.findall("InvoiceDetailItem") + order.findall("InvoiceDetailServiceItem"):
            every.append(item)
            at = item.find("InvoiceDetailItemReference")
            if at is None:
                at = item.find("InvoiceDetailServiceItemReference")
            key = "%s line %d" % (number, int(at.get("lineNumber")))
            quantity, amount = lines.get(key, (Decimal(0), Decimal(0)))
            lines[key] = (quantity + abs(Decimal(item.get("quantity"))), amount + line_amount(item))
        for part in order.findall("InvoiceDetailOrderSummary"):
            every.append(part)
            whole[number] = whole.get(number, Decimal(0)) + abs(money(part, "SubtotalAmount"))
    extra = charges(request, every, summary)
    total = sum((amount for _, amount in lines.values()), Decimal(0)) + sum(whole.values()) + sum(extra.values())
    stated = abs(money(summary, "NetAmount"))
    if total.quantize(CENT) != stated.quantize(CENT) or total != total.quantize(CENT):
        raise SystemExit("%s: lines and charges come to %s, NetAmount is %s" % (path, total, stated))
    return {
        "credit": credit,
        "number": header.get("invoiceID"),
        "date": header.get("invoiceDate")[:10],
        "currency": summary.find("NetAmount/Money").get("currency"),
        "total": str(total.quantize(CENT)),
        "lines": {k: [format(q, "f"), str(a.quantize(CENT))] for k, (q, a) in lines.items()},
        "whole": {k: str(a.quantize(CENT)) for k, a in whole.items()},
        "charges": {k: str(a.quantize(CENT)) for k, a in extra.items() if a},
    }


print(json.dumps({os.path.basename(p): audit(p) for p in sys.argv[1:]}))
