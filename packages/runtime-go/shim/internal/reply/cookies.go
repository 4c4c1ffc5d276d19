package reply

import (
	"strconv"
	"strings"
)

var sameSites = map[string]string{"lax": "Lax", "strict": "Strict", "none": "None", "true": "Strict"}

// cookieList is `cookies` of an envelope as Set-Cookie values. A string is taken as it is; a map needs `name` and `value`
// and may have `path`, `domain`, `max_age` (seconds), `expires` (time.Time, text or epoch ms), `http_only`, `secure`,
// `same_site`, `partitioned`, `priority` (camelCase also).
func cookieList(cookies any) ([]string, *Invalid) {
	items, ok := asList(cookies)
	if !ok {
		items = []any{cookies}
	}
	result := make([]string, 0, len(items))
	for i, item := range items {
		if text, ok := item.(string); ok {
			result = append(result, text)
			continue
		}
		fields, ok := asMap(item)
		if !ok {
			return nil, invalid("`cookies[%d]` is %s; use a string, or a map with `name` and `value`.", i, describe(item))
		}
		text, why := cookieText(fields)
		if why != "" {
			return nil, invalid("`cookies[%d]` is no cookie: %s", i, why)
		}
		result = append(result, text)
	}
	return result, nil
}

func cookieText(fields map[string]any) (text, why string) {
	name, _ := fields["name"].(string)
	if !isToken(name) {
		return "", "`name` must be a token that is not empty, not " + describe(fields["name"]) + "."
	}
	value, _ := scalarText(fields["value"])
	parts := []string{name + "=" + escapeCookie(value)}
	if age := first(fields, "max_age", "maxAge"); age != nil {
		seconds, ok := asFloat(age)
		if !ok {
			return "", "`max_age` must be a number of seconds, not " + describe(age) + "."
		}
		parts = append(parts, "Max-Age="+strconv.FormatInt(int64(seconds), 10))
	}
	for _, attribute := range []string{"Domain", "Path", "Expires", "Priority"} {
		given := fields[strings.ToLower(attribute)]
		if given == nil {
			continue
		}
		text, ok := scalarText(given)
		if attribute == "Expires" {
			text, ok = httpDate(given)
		}
		if !ok || strings.ContainsAny(text, ";\r\n\x00") {
			return "", "`" + strings.ToLower(attribute) + "` may not be " + describe(given) + "."
		}
		if attribute == "Priority" && text != "" {
			text = strings.ToUpper(text[:1]) + strings.ToLower(text[1:])
		}
		parts = append(parts, attribute+"="+text)
	}
	if isTrue(first(fields, "http_only", "httpOnly")) {
		parts = append(parts, "HttpOnly")
	}
	if isTrue(fields["secure"]) {
		parts = append(parts, "Secure")
	}
	if isTrue(fields["partitioned"]) {
		parts = append(parts, "Partitioned")
	}
	if given := first(fields, "same_site", "sameSite"); given != nil && given != false {
		text, _ := scalarText(given)
		label := sameSites[strings.ToLower(text)]
		if label == "" {
			return "", "`same_site` must be lax, strict or none, not " + describe(given) + "."
		}
		parts = append(parts, "SameSite="+label)
	}
	return strings.Join(parts, "; "), ""
}

func first(fields map[string]any, names ...string) any {
	for _, name := range names {
		if fields[name] != nil {
			return fields[name]
		}
	}
	return nil
}

// escapeCookie is encodeURIComponent: cookie values may hold little else.
func escapeCookie(value string) string {
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		c := value[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if letter || strings.IndexByte("-_.!~*'()", c) >= 0 {
			out.WriteByte(c)
		} else {
			out.WriteByte('%')
			out.WriteByte(hexUpper[c>>4])
			out.WriteByte(hexUpper[c&15])
		}
	}
	return out.String()
}

const hexUpper = "0123456789ABCDEF"
