package cxml

// Status codes of cXML that Counterpunch answers with. They look like HTTP's but are results of a document.
const (
	StatusOK             = 200
	StatusAccepted       = 201
	StatusBadRequest     = 400 // parsed, but the content cannot be used
	StatusUnauthorized   = 401
	StatusForbidden      = 403
	StatusNotAcceptable  = 406 // could not be parsed
	StatusConflict       = 409
	StatusNotImplemented = 450
	StatusInternal       = 500
	StatusTemporary      = 560 // try again later
)

// statusTexts holds the texts that the cXML reference gives for its codes.
var statusTexts = map[int]string{
	200: "OK",
	201: "Accepted",
	204: "No Content",
	211: "OK",
	280: "Forwarded",
	281: "Forwarded",
	400: "Bad Request",
	401: "Unauthorized",
	402: "Payment Required",
	403: "Forbidden",
	406: "Not Acceptable",
	409: "Conflict",
	412: "Precondition Failed",
	417: "Expectation Failed",
	450: "Not Implemented",
	475: "Signature Required",
	476: "Signature Verification Failed",
	477: "Signature Unacceptable",
	500: "Internal Server Error",
	550: "Unable to reach cXML server",
	551: "Unable to forward request",
	560: "Temporary Server Error",
}

// StatusText returns the text for a cXML status code. A code that cXML does not define takes the text of its hundred,
// as receivers read it.
func StatusText(code int) string {
	if t, ok := statusTexts[code]; ok {
		return t
	}
	if t, ok := statusTexts[code/100*100]; ok {
		return t
	}
	return statusTexts[StatusInternal]
}
