#!/usr/bin/env python3
"""State what each cXML document of a folder holds, as JSON on standard output.

This is the witness that the corpus test holds Counterpunch against. It knows nothing of Counterpunch: it reads with
expat, works with Python's Decimal, and follows the cXML DTDs and Reference Guide. Give the folder as the argument.

For each document: file, wellFormed, kind ("" when it is none of the three), request (name of the element under Request),
number (confirmID, shipmentID or invoiceID), orders (buyer's order numbers, each once, in document order; "payload:<id>"
where an order is named by its payloadID only), lines ("<line of the order>x<quantity>", or "summary <amount>" of a header
invoice), total (what the document declares as its net amount, "" for none, without sign for credits), answer (the cXML
code that it deserves), reasons (why not 200).
"""

import decimal
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

KINDS = {
    "ConfirmationRequest": "order-confirmation",
    "ShipNoticeRequest": "ship-notice",
    "InvoiceDetailRequest": "invoice",
}
PURPOSES = ("standard", "creditMemo", "debitMemo", "lineLevelCreditMemo", "lineLevelDebitMemo")
HEADER_TYPES = ("accept", "allDetail", "detail", "backordered", "except", "reject", "replace", "requestToPay")
LINE_TYPES = ("accept", "allDetail", "detail", "backordered", "reject", "unknown", "requestToPay")


class Bad(Exception):
    """The document cannot be processed: the text says why."""


def local(element):
    return element.tag.rpartition("}")[2]


def kids(element, *names):
    return [] if element is None else [c for c in element if local(c) in names]


def kid(element, *path):
    for name in path:
        found = kids(element, name)
        if not found:
            return None
        element = found[0]
    return element


def attribute(element, name):
    """The value of an attribute; senders get the case of names wrong."""
    if element is None:
        return ""
    for key, value in element.attrib.items():
        if key.lower() == name.lower():
            return value.strip()
    return ""


def number(text, what):
    """A decimal as suppliers write it: 12, 13,450.0000, 200.00-. None for nothing."""
    text = (text or "").strip()
    if not text:
        return None
    sign = ""
    if text.endswith("-"):
        sign, text = "-", text[:-1].strip()
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+\.\d*|-?\d{1,3}(,\d{3}){2,}", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", text):
        raise Bad(f"{what}: {text!r} is no number")
    return decimal.Decimal(sign + text)


def plain(value):
    """A number as text in which equal numbers are equal."""
    if value is None:
        return ""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def money(element, what):
    m = kid(element, "Money")
    return None if m is None else number("".join(m.itertext()), what)


def line_number(element, name, needed):
    text = attribute(element, name)
    if not text and not needed:
        return 0
    if not re.fullmatch(r"\d+(\.0*)?", text) or needed and int(text.split(".")[0]) == 0:
        raise Bad(f"{name} {text!r} of {local(element)} is no line number")
    return int(text.split(".")[0])


def need(element, *names):
    for name in names:
        if not attribute(element, name):
            raise Bad(f"{name} of {local(element)} is missing")


def need_date(element, name):
    text = attribute(element, name)
    if not re.match(r"\d{4}-?\d{2}-?\d{2}", text):
        raise Bad(f"{name} {text!r} is no date")


def order_name(*references):
    """The buyer's number of the order in any of its forms, else the payloadID of the order, else nothing."""
    for r in references:
        if attribute(r, "orderID"):
            return attribute(r, "orderID")
    for r in references:
        if attribute(kid(r, "DocumentReference"), "payloadID"):
            return "payload:" + attribute(kid(r, "DocumentReference"), "payloadID")
    return ""


def confirmation(request, facts):
    header = kid(request, "ConfirmationHeader")
    if header is None:
        raise Bad("no ConfirmationHeader")
    facts["number"] = attribute(header, "confirmID")
    need_date(header, "noticeDate")
    if attribute(header, "type").lower() not in map(str.lower, HEADER_TYPES):
        raise Bad(f"type {attribute(header, 'type')!r} of the confirmation does not exist")
    facts["orders"] = [order_name(kid(request, "OrderReference"), kid(request, "OrderIDInfo"))]
    facts["total"] = plain(money(kid(header, "Total"), "Total"))
    for item in kids(request, "ConfirmationItem"):
        statuses = kids(item, "ConfirmationStatus")
        if not statuses:
            raise Bad("an item without status")
        parts = []
        for s in statuses:
            if attribute(s, "type").lower() not in map(str.lower, LINE_TYPES):
                raise Bad(f"status {attribute(s, 'type')!r} does not exist")
            parts.append(number(attribute(s, "quantity"), "quantity of a status"))
            money(kid(s, "UnitPrice"), "UnitPrice")
        quantity = number(attribute(item, "quantity"), "quantity of an item")
        if quantity is None and None in parts or None in parts and len(parts) > 1:
            raise Bad("a status without quantity")
        if quantity is None:
            quantity = sum(parts)
        facts["lines"].append(f"{line_number(item, 'lineNumber', True)}x{plain(quantity)}")


def ship_notice(request, facts):
    header = kid(request, "ShipNoticeHeader")
    if header is None:
        raise Bad("no ShipNoticeHeader")
    facts["number"] = attribute(header, "shipmentID")
    need(header, "shipmentID")
    need_date(header, "noticeDate")
    for portion in kids(request, "ShipNoticePortion"):
        facts["orders"].append(order_name(kid(portion, "OrderReference"), kid(portion, "OrderIDInfo")))
        for item in kids(portion, "ShipNoticeItem"):
            quantity = number(attribute(item, "quantity"), "quantity of an item")
            if quantity is None:
                raise Bad("an item without quantity")
            facts["lines"].append(f"{line_number(item, 'lineNumber', True)}x{plain(quantity)}")


def invoice(request, facts):
    header = kid(request, "InvoiceDetailRequestHeader")
    if header is None:
        raise Bad("no InvoiceDetailRequestHeader")
    facts["number"] = attribute(header, "invoiceID")
    need(header, "invoiceID")
    need_date(header, "invoiceDate")
    purpose = attribute(header, "purpose") or "standard"
    if purpose not in PURPOSES:
        raise Bad(f"purpose {purpose!r} does not exist")
    # A credit states how much is given back, whatever signs its amounts carry; one negative line among negative ones is
    # no charge.
    credit = purpose in ("creditMemo", "lineLevelCreditMemo")
    shape = abs if credit else lambda v: v
    for order in kids(request, "InvoiceDetailOrder", "InvoiceDetailHeaderOrder"):
        info = kid(order, "InvoiceDetailOrderInfo")
        facts["orders"].append(order_name(kid(info, "OrderReference"), kid(info, "OrderIDInfo")))
        if local(order) == "InvoiceDetailHeaderOrder":
            summary = kid(order, "InvoiceDetailOrderSummary")
            subtotal = money(kid(summary, "SubtotalAmount"), "SubtotalAmount")
            if subtotal is None:
                raise Bad("a header order without SubtotalAmount")
            facts["lines"].append(f"summary {plain(shape(subtotal))}")
            continue
        for item in kids(order, "InvoiceDetailItem", "InvoiceDetailServiceItem"):
            goods = local(item) == "InvoiceDetailItem"
            quantity = number(attribute(item, "quantity"), "quantity of a line")
            if quantity is None and goods:
                raise Bad("a line without quantity")
            price = money(kid(item, "UnitPrice"), "UnitPrice")
            if price is None:
                price = money(kid(item, "UnitRate"), "UnitRate")
            if price is None and money(kid(item, "SubtotalAmount"), "SubtotalAmount") is None:
                raise Bad("a line without price and amount")
            for charge in ("Tax", "InvoiceDetailLineSpecialHandling", "InvoiceDetailLineShipping", "InvoiceDetailDiscount"):
                money(kid(item, charge), charge)
            reference = kid(item, "InvoiceDetailItemReference" if goods else "InvoiceDetailServiceItemReference")
            facts["lines"].append(f"{line_number(reference, 'lineNumber', False)}x{plain(shape(quantity or decimal.Decimal(0)))}")
    summary = kid(request, "InvoiceDetailSummary")
    for charge in ("Tax", "SpecialHandlingAmount", "ShippingAmount", "InvoiceDetailDiscount"):
        money(kid(summary, charge), charge)
    for name in ("NetAmount", "DueAmount", "GrossAmount", "SubtotalAmount"):
        total = money(kid(summary, name), name)
        if total is not None and not facts["total"]:
            facts["total"] = plain(shape(total))
    if not facts["total"] and attribute(header, "operation") != "delete":
        raise Bad("no total")


READERS = {"order-confirmation": confirmation, "ship-notice": ship_notice, "invoice": invoice}


def once(names):
    seen, kept = set(), []
    for n in names:
        if n and n.strip().upper() not in seen:
            seen.add(n.strip().upper())
            kept.append(n)
    return kept


def facts_of(path):
    facts = {"wellFormed": True, "kind": "", "request": "", "number": "", "orders": [], "lines": [], "total": "", "answer": 200, "reasons": []}

    def refuse(code, why):
        facts["answer"] = code
        facts["reasons"].append(why)
        return facts

    try:
        root = ET.fromstring(path.read_bytes())
    except ET.ParseError as e:
        facts["wellFormed"] = False
        return refuse(406, str(e))
    if local(root) != "cXML":
        return refuse(406, f"the root is {local(root)}")
    requests = kids(root, "Request")
    if not requests:
        return refuse(450 if kids(root, "Message") else 400, "no Request")
    if len(requests) != 1 or len(list(requests[0])) != 1:
        return refuse(400, "not exactly one element under Request")
    request = requests[0][0]
    facts["request"] = local(request)
    if kid(root, "Header", "Sender") is None:
        return refuse(400, "no Sender")
    if local(request) == "ProfileRequest":
        return facts
    if local(request) not in KINDS:
        return refuse(450, f"a {local(request)} is none of the three kinds")
    facts["kind"] = KINDS[local(request)]
    try:
        READERS[facts["kind"]](request, facts)
    except Bad as e:
        refuse(400, str(e))
    facts["orders"] = once(facts["orders"])
    if not facts["orders"] and not (facts["kind"] == "invoice" and facts["number"]):
        refuse(400, "neither an order nor an invoice number")
    return facts


def main():
    folder = pathlib.Path(sys.argv[1])
    found = {p.relative_to(folder).as_posix(): facts_of(p) for p in sorted(folder.glob("*/*.xml"))}
    json.dump(found, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
