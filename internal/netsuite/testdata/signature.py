"""Signs requests by token-based authentication, from RFC 5849 alone: the witness of the tests of internal/netsuite.

It reads a JSON array of {method, url, consumerKey, consumerSecret, token, tokenSecret, nonce, timestamp} and prints a JSON
array of the signatures.
"""
import base64
import hashlib
import hmac
import json
import sys
from urllib.parse import parse_qsl, quote, urlsplit


def escape(text):
    return quote(text, safe="~")


def signature(r):
    address = urlsplit(r["url"])
    parameters = parse_qsl(address.query, keep_blank_values=True) + [
        ("oauth_consumer_key", r["consumerKey"]), ("oauth_token", r["token"]), ("oauth_nonce", r["nonce"]),
        ("oauth_timestamp", r["timestamp"]), ("oauth_signature_method", "HMAC-SHA256"), ("oauth_version", "1.0"),
    ]
    pairs = sorted((escape(name), escape(value)) for name, value in parameters)
    place = "%s://%s%s" % (address.scheme.lower(), address.netloc.lower(), address.path)
    base = "&".join(escape(s) for s in (r["method"].upper(), place, "&".join("%s=%s" % p for p in pairs)))
    key = escape(r["consumerSecret"]) + "&" + escape(r["tokenSecret"])
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()


print(json.dumps([signature(r) for r in json.load(sys.stdin)]))
