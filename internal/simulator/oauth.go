package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sort"
	"strings"
)

// passport is the content of an OAuth 1.0a Authorization header, decoded.
type passport map[string]string

// required are the parameters without which NetSuite does not look further. oauth_version is optional (RFC 5849, 3.1).
var required = [...]string{"realm", "oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_timestamp",
	"oauth_nonce", "oauth_signature"}

// parsePassport reads `OAuth name="value", …`. A name given twice is refused (RFC 5849, 3.1).
func parsePassport(header string) (passport, error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "OAuth") {
		return nil, errors.New("no OAuth authorization header")
	}
	p := passport{}
	for _, part := range strings.Split(rest, ",") {
		name, quoted, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
			return nil, fmt.Errorf("malformed parameter %q", part)
		}
		value, err := decodePercent(quoted[1 : len(quoted)-1])
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		if _, twice := p[name]; twice {
			return nil, fmt.Errorf("parameter %s is given twice", name)
		}
		p[name] = value
	}
	return p, nil
}

// missing returns the first required parameter that is absent or empty.
func (p passport) missing() string {
	for _, name := range required {
		if p[name] == "" {
			return name
		}
	}
	return ""
}

// baseString is the text that is signed (RFC 5849, 3.4.1): method, address without query, and all parameters of the query
// and of the header except the realm and the signature. target is the request target as sent.
func baseString(method, origin, target string, p passport) (string, error) {
	path, query, _ := strings.Cut(target, "?")
	type pair struct{ name, value string }
	var pairs []pair
	for name, value := range p {
		if name != "realm" && name != "oauth_signature" {
			pairs = append(pairs, pair{encodePercent(name), encodePercent(value)})
		}
	}
	for _, part := range strings.Split(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		decodedName, err := decodePercent(strings.ReplaceAll(name, "+", " "))
		if err != nil {
			return "", fmt.Errorf("query: %w", err)
		}
		decodedValue, err := decodePercent(strings.ReplaceAll(value, "+", " "))
		if err != nil {
			return "", fmt.Errorf("query: %w", err)
		}
		pairs = append(pairs, pair{encodePercent(decodedName), encodePercent(decodedValue)})
	}
	sort.Slice(pairs, func(i, j int) bool {
		if pairs[i].name != pairs[j].name {
			return pairs[i].name < pairs[j].name
		}
		return pairs[i].value < pairs[j].value
	})
	parameters := make([]string, len(pairs))
	for i, one := range pairs {
		parameters[i] = one.name + "=" + one.value
	}
	return strings.ToUpper(method) + "&" + encodePercent(origin+path) + "&" + encodePercent(strings.Join(parameters, "&")), nil
}

// signature signs a base string with HMAC-SHA256 (RFC 5849, 3.4.2 with the newer hash).
func signature(base, consumerSecret, tokenSecret string) string {
	mac := hmac.New(sha256.New, []byte(encodePercent(consumerSecret)+"&"+encodePercent(tokenSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// encodePercent encodes every byte that is not unreserved (RFC 3986, 2.3), with capital hexadecimal digits.
func encodePercent(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// decodePercent undoes encodePercent; a plus sign stays a plus sign.
func decodePercent(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", fmt.Errorf("%q ends within a percent escape", s)
		}
		high, low := strings.IndexByte(hexadecimal, lower(s[i+1])), strings.IndexByte(hexadecimal, lower(s[i+2]))
		if high < 0 || low < 0 {
			return "", fmt.Errorf("%q has a bad percent escape", s)
		}
		b.WriteByte(byte(high<<4 | low))
		i += 2
	}
	return b.String(), nil
}

const hexadecimal = "0123456789abcdef"

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
