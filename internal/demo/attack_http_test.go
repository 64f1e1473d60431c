package demo_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// httpAttacks lie about lengths and encodings, and send what is no HTTP.
func httpAttacks() []attack {
	body := func(name string) []byte { return letter(">none<", ">"+name+"<") }
	raw := func(name string, code int, why string, text ...[]byte) attack {
		return attack{name: name, code: code, why: why, request: request{raw: bytes.Join(text, nil)}}
	}
	noHTTP := func(name string, text ...[]byte) attack {
		return attack{name: name, why: "the HTTP server refuses what is no HTTP, without cXML", request: request{raw: bytes.Join(text, nil), http: true}}
	}
	post := func(headers ...string) []byte {
		return []byte("POST /cxml HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nConnection: close\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n")
	}
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d", n) }
	chunk := func(b []byte) []byte { return []byte(fmt.Sprintf("%x\r\n%s\r\n", len(b), b)) }
	packed := func(name string, code int, why string, b []byte) attack {
		return attack{name: name, code: code, why: why, request: request{encoding: "gzip", body: b}}
	}
	const incomplete = "the body did not arrive whole: nothing is known against the document"
	bomb := zipped(make([]byte, 64<<20))
	return []attack{
		packed("gzip bomb", 400, "", bomb),
		packed("gzip bomb of many members", 400, "", bytes.Repeat(zipped(make([]byte, 1<<20)), 500)),
		packed("nested gzip", 406, "", zipped(zipped(body("nested")))),
		packed("nested gzip bomb", 406, "", zipped(bomb)),
		packed("cut gzip", 406, "", zipped(body("cut"))[:300]),
		packed("no gzip", 406, "", body("no gzip")),
		packed("rubbish after gzip", 406, "", append(zipped(body("rubbish")), "rubbish"...)),
		packed("gzip with a wrong checksum", 406, "", flipped(zipped(body("checksum")))),
		{name: "gzip without the header", code: 406, request: request{body: zipped(body("headerless"))}},
		{name: "deflate", code: 406, request: request{encoding: "deflate", body: body("deflate")}},
		{name: "gzip twice by header", code: 406, request: request{encoding: "gzip, gzip", body: zipped(zipped(body("twice")))}},
		{name: "another media type", code: 406, request: request{contentType: "application/json", body: body("json")}},
		{name: "a form", code: 406, request: request{contentType: "application/x-www-form-urlencoded", body: append([]byte("cxml-urlencoded="), body("form")...)}},
		{name: "a media type of 20 KB", code: 406, request: request{contentType: strings.Repeat("a", 20_000), body: body("type")}},
		raw("longer Content-Length", 560, incomplete, post(length(100_000)), body("longer")),
		raw("shorter Content-Length", 406, "", post(length(800)), body("shorter")),
		raw("no body at all", 406, "", post(length(0))),
		raw("Content-Length beyond the limit", 400, "", post(length(1<<40))),
		raw("chunks", 200, "as good as a length", post("Transfer-Encoding: chunked"), chunk(body("chunks")[:700]), chunk(body("chunks")[700:]), []byte("0\r\n\r\n")),
		raw("chunks without an end", 560, incomplete, post("Transfer-Encoding: chunked"), chunk(body("endless"))),
		raw("a chunk of a wrong size", 560, incomplete, post("Transfer-Encoding: chunked"), []byte("5\r\n"), body("size")),
		raw("a chunk of no size", 560, incomplete, post("Transfer-Encoding: chunked"), []byte("zz\r\n"), body("zz")),
		raw("a chunk of 2^63 bytes", 560, incomplete, post("Transfer-Encoding: chunked"), []byte("8000000000000000\r\n"), body("2^63")),
		raw("a long chunk extension", 560, incomplete, post("Transfer-Encoding: chunked"), []byte("5;"+strings.Repeat("a", 64<<10)+"\r\n")),
		raw("chunks and a length", 200, "the chunks count, and the connection is closed: no second request is seen", post("Transfer-Encoding: chunked", length(5)), chunk(body("smuggled")), []byte("0\r\n\r\n")),
		raw("a trailer", 200, "trailers are not looked at", post("Transfer-Encoding: chunked", "Trailer: Content-Encoding"), chunk(body("trailer")), []byte("0\r\nContent-Encoding: gzip\r\n\r\n")),
		noHTTP("two lengths", post(length(5), length(6)), []byte("<a/>")),
		noHTTP("a negative length", post("Content-Length: -1"), body("negative")),
		noHTTP("another transfer encoding", post("Transfer-Encoding: xchunked"), body("xchunked")),
		noHTTP("headers of 100 KB", post("X-Long: "+strings.Repeat("a", 100<<10), length(1)), []byte("x")),
		noHTTP("many headers", post(strings.Repeat("X-Many: a\r\n", 5_000)+length(1)), []byte("x")),
		noHTTP("a header with a line feed inside", post("X-Bad: a\nb", length(1)), []byte("x")),
		noHTTP("a header name with a blank", post("X Bad: a", length(1)), []byte("x")),
		noHTTP("no Host", []byte("POST /cxml HTTP/1.1\r\n\r\n")),
		noHTTP("no HTTP", letter()),
		noHTTP("HTTP 9.9", []byte("POST /cxml HTTP/9.9\r\nHost: a\r\n\r\n")),
		noHTTP("a path of 100 KB", []byte("POST /cxml/"+strings.Repeat("a", 100<<10)+" HTTP/1.1\r\nHost: a\r\n\r\n")),
		{name: "PUT", code: 400, request: request{method: http.MethodPut, body: body("put")}},
		{name: "DELETE", code: 400, request: request{method: http.MethodDelete}},
		{name: "TRACE", code: 400, request: request{method: http.MethodTrace}},
		{name: "forged trace", code: 200, why: "a trace id that is none is not used", request: request{body: body("trace"), header: http.Header{
			"Traceparent": {`00-"><script>-x`}, "Tracestate": {strings.Repeat("a=b,", 2_000)}, "X-Forwarded-For": {"10.0.0.1\"}"}}}},
	}
}

// flipped returns b with another checksum at its end.
func flipped(b []byte) []byte {
	b[len(b)-6] ^= 1
	return b
}

// multipartAttacks send messages of several parts that are broken, or more than they seem.
func multipartAttacks() []attack {
	const related = "multipart/related; boundary=b; type=text/xml"
	x := func(name string, code int, why, contentType string, body ...string) attack {
		return attack{name: name, code: code, why: why, request: request{contentType: contentType, body: []byte(strings.Join(body, ""))}}
	}
	part := func(headers, content string) string { return "--b\r\n" + headers + "\r\n\r\n" + content + "\r\n" }
	root := func(name string) string {
		return part("Content-Type: text/xml", string(letter(">none<", ">"+name+"<")))
	}
	const end = "--b--\r\n"
	return []attack{
		x("ten thousand parts", 400, "", related, root("parts"), strings.Repeat(part("Content-ID: a", "a"), 10_000), end),
		x("empty parts", 400, "", related, strings.Repeat("--b\r\n\r\n\r\n", 100_000), end),
		x("multipart in multipart", 406, "", related, part("Content-Type: multipart/mixed; boundary=c", "--c\r\n\r\n<cXML/>\r\n--c--"), end),
		x("no boundary", 406, "", "multipart/related", root("no boundary"), end),
		x("another boundary", 406, "", "multipart/related; boundary=c", root("other"), end),
		x("a boundary of 10 KB", 406, "", "multipart/related; boundary="+strings.Repeat("b", 10<<10), root("long"), end),
		x("no last boundary", 406, "", related, root("no end")),
		x("part with 1 MB of headers", 406, "", related, part("X-Long: "+strings.Repeat("a", 1<<20), "a"), end),
		x("part with many headers", 406, "", related, part(strings.Repeat("X-Many: a\r\n", 100_000)+"X: a", "a"), end),
		x("part that is no base64", 406, "", related, part("Content-Type: text/xml\r\nContent-Transfer-Encoding: base64", "<<<<"), end),
		x("part of an unknown encoding", 406, "", related, part("Content-Type: text/xml\r\nContent-Transfer-Encoding: x-gzip", "a"), end),
		x("only a file", 406, "", related, part("Content-Type: application/pdf", "%PDF-1.7"), end),
		x("start that names the file", 406, "", `multipart/related; boundary=b; start="<f>"`, root("start"), part("Content-Type: application/pdf\r\nContent-ID: <f>", "%PDF-1.7"), end),
		x("file called by a path", 200, "the name is kept without its path, and nothing is written under it", related, root("path"),
			part("Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"../../../etc/cron.d/x\"\r\nContent-ID: <f>", "%PDF-1.7"), end),
		x("document in base64", 200, "an encoding of MIME", related, part("Content-Type: text/xml\r\nContent-Transfer-Encoding: base64",
			base64.StdEncoding.EncodeToString(letter(">none<", ">base64<"))), end),
		{name: "gzip bomb in multipart", code: 400, request: request{contentType: related, encoding: "gzip",
			body: zipped([]byte(part("Content-Type: text/xml", strings.Repeat("a", 100<<20)) + end))}},
	}
}
