// Package netsuite is the client of NetSuite's REST API: records, transforms and SuiteQL, signed in with OAuth 2.0 client
// credentials or with Token-Based Authentication (OAuth 1.0a, HMAC-SHA256).
//
// It promises three things. No call is repeated behind the caller's back, except once at once when NetSuite says that a
// nonce was used or a token is no longer valid, which means that the call was not looked at. Every failure is an *Error
// with one Class, which says what may be done next; above all, a write whose outcome is not known says so. And no write can
// add a line to an order by accident: NetSuite adds a line whose key it does not know, so PatchPurchaseOrder refuses keys
// that were not just read.
//
// It does not retry, wait, or remember anything but the access token: that is the worker's part. The token is fetched by one
// caller at a time, over all processes that share a TokenStore, and a failure to get one is never counted as the call's own.
package netsuite
