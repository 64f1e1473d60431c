package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The kinds of call that concern no record; the others are "<record> get|patch|create|upsert|delete|list|item" and
// "<record> transform <record>", with " preview" after a transform that is not saved.
const (
	kindServerTime = "serverTime"
	kindGovernance = "governanceLimits"
	kindTokenInfo  = "tokeninfo"
	kindSuiteQL    = "suiteql"
	kindCatalog    = "metadata"
	kindToken      = "token"
	kindSignIn     = "sign-in page"
	kindOther      = "other"

	recordBase = "/services/rest/record/v1/"
	transforms = "!transform"
)

// call is one request on its way through the simulator.
type call struct {
	sequence int
	arrived  time.Time // by the server's clock
	started  time.Time // by the machine's, to measure how long it takes
	user     string    // who signed in
	role     string    // and as what
	method   string
	target   string // path and query as sent
	path     string // as sent
	query    url.Values
	header   http.Header
	body     []byte
	kind     string
	write    bool

	schema    *schema // the record type in the path
	id        string  // internal id or eid:…; empty for the collection
	list      []string
	transform *schema // the record type to make
	preview   bool
	refused   *refusal // found while routing

	opened  bool // the record existed when the call began, at this version
	version int
	carried time.Time // when it is carried out
	saved   *save     // what it changes, to be committed
	warn    []string
}

func newCall(r *http.Request, body []byte) *call {
	target := r.RequestURI
	if target == "" {
		target = r.URL.RequestURI()
	}
	path, _, _ := strings.Cut(target, "?")
	return &call{method: r.Method, target: target, path: path, query: r.URL.Query(), header: r.Header, body: body, kind: kindOther, started: time.Now()}
}

// service is what an address that concerns no record is for, and the one method that it takes.
type service struct{ kind, method string }

func services() map[string]service {
	return map[string]service{
		"/services/rest/system/v1/serverTime":       {kindServerTime, http.MethodGet},
		"/services/rest/system/v1/governanceLimits": {kindGovernance, http.MethodGet},
		"/services/rest/query/v1/suiteql":           {kindSuiteQL, http.MethodPost},
		tokenInfoPath:                               {kindTokenInfo, http.MethodGet},
		tokenPath:                                   {kindToken, http.MethodPost},
		authorizePath:                               {kindSignIn, http.MethodGet},
	}
}

// route finds out what the call wants. A path that means nothing is refused later, after the login.
func (c *call) route(schemas map[string]*schema) {
	if at, known := services()[c.path]; known {
		c.kind = at.kind
		c.only(at.method)
		return
	}
	if job, isJob := strings.CutPrefix(c.path, jobBase); isJob {
		c.routeJob(job)
		return
	}
	rest, isRecord := strings.CutPrefix(c.path, recordBase)
	if !isRecord {
		c.refused = refuse(http.StatusNotFound, codeNonexistent, "The requested resource does not exist.")
		return
	}
	var segments []string
	for _, raw := range strings.Split(rest, "/") {
		segment, err := decodePercent(raw)
		if err != nil {
			c.refused = refuse(http.StatusBadRequest, codeRequest, accessing+"Invalid url.")
			return
		}
		segments = append(segments, segment)
	}
	if segments[0] == "metadata-catalog" {
		c.kind = kindCatalog
		c.list = segments[1:]
		c.only(http.MethodGet)
		return
	}
	if c.schema = schemas[strings.ToLower(segments[0])]; c.schema == nil {
		c.refused = refuse(http.StatusNotFound, codeNonexistent, "Record type '"+segments[0]+"' does not exist.")
		return
	}
	switch {
	case len(segments) == 1:
		c.routeCollection()
	case len(segments) == 2 && segments[1] != "":
		c.id = segments[1]
		c.routeInstance()
	case len(segments) == 4 && segments[2] == transforms:
		c.id = segments[1]
		c.routeTransform(schemas[strings.ToLower(segments[3])], segments[3])
	case len(segments) <= 4 && c.schema.lists[segments[2]] != nil:
		c.id, c.list, c.kind = segments[1], segments[2:], c.schema.name+" "+segments[2]
		c.only(http.MethodGet)
		c.parameters("fields", "limit", "offset")
	default:
		c.refused = refuse(http.StatusNotFound, codeNonexistent, "The requested resource does not exist.")
	}
}

func (c *call) routeCollection() {
	switch c.method {
	case http.MethodGet:
		c.kind = c.schema.name + " list"
		c.parameters("q", "limit", "offset")
	case http.MethodPost:
		c.kind, c.write = c.schema.name+" create", true
		c.parameters("replace")
	default:
		c.notAllowed()
	}
}

func (c *call) routeInstance() {
	switch c.method {
	case http.MethodGet:
		c.kind = c.schema.name + " get"
		c.parameters("expandSubResources", "fields", "simpleEnumFormat")
	case http.MethodPatch:
		c.kind, c.write = c.schema.name+" patch", true
		c.parameters("replace", "replaceSelectedFields")
	case http.MethodPut:
		c.kind, c.write = c.schema.name+" upsert", true
		c.parameters("replace", "replaceSelectedFields")
	case http.MethodDelete:
		c.kind, c.write = c.schema.name+" delete", true
		c.parameters()
	default:
		c.notAllowed()
	}
}

func (c *call) routeTransform(to *schema, name string) {
	if to == nil || !slices.Contains(c.schema.transforms, to.name) {
		c.refused = refuse(http.StatusNotFound, codeNonexistent, "The transformation to '"+name+"' does not exist.")
		return
	}
	c.transform = to
	c.kind = c.schema.name + " transform " + to.name
	c.only(http.MethodPost)
	c.parameters("replace")
	if strings.Contains(strings.ReplaceAll(c.header.Get("Accept"), " ", ""), "type=create-form") {
		c.preview = true
		c.kind += " preview"
		return
	}
	c.write = true
}

func (c *call) only(method string) {
	if c.method != method {
		c.notAllowed()
	}
}

func (c *call) notAllowed() {
	c.write = false
	c.refused = refuse(http.StatusMethodNotAllowed, codeMethod, strings.ReplaceAll(notAllowedText, "%s", c.method))
}

// parameters refuses a query parameter that the resource does not have, as NetSuite does, and one that only the simulator
// does not have, so that nobody relies on a parameter without effect.
func (c *call) parameters(known ...string) {
	for name, values := range c.query {
		if !slices.Contains(known, name) {
			c.refused = parameterError(name, "Invalid query parameter name '"+name+
				"'. Use one of the following valid query parameters: "+strings.Join(known, ", ")+".")
			return
		}
		if len(values) > 1 {
			c.refused = parameterError(name, "The query parameter '"+name+"' is given more than once.")
			return
		}
	}
}

// replaces reports whether ?replace= names the sublist.
func (c *call) replaces(list string) bool {
	return slices.Contains(strings.Split(c.query.Get("replace"), ","), list)
}
