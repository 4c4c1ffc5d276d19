package reply

import "github.com/fastfn/fastfn/go/internal/event"

// readProxy is the `proxy` of an envelope, checked for types; what is allowed is the gateway's business. SPEC §9.
func readProxy(proxy any, own event.Event) (map[string]any, *Invalid) {
	fields, ok := asMap(proxy)
	if !ok {
		return nil, invalid("`proxy` is %s; use a map with `url` or `path`.", describe(proxy))
	}
	directive := map[string]any{}
	for _, key := range []string{"url", "path", "method"} {
		if value := fields[key]; value != nil {
			text, ok := value.(string)
			if !ok {
				return nil, invalid("`proxy.%s` is %s; it must be a string.", key, describe(value))
			}
			directive[key] = text
		}
	}
	for _, key := range []string{"timeout_ms", "max_response_bytes"} {
		if value := fields[key]; value != nil {
			n, ok := asFloat(value)
			if !ok || !(n >= 0 && n < 1<<53) {
				return nil, invalid("`proxy.%s` is %s; it must be a number, 0 or more.", key, describe(value))
			}
			directive[key] = n
		}
	}
	if headers := fields["headers"]; !isNil(headers) {
		list, problem := headerList(headers)
		if problem != nil {
			return nil, problem
		}
		named := map[string]any{}
		for i := 0; i < len(list); i += 2 {
			switch before := named[list[i]].(type) {
			case nil:
				named[list[i]] = list[i+1]
			case string:
				named[list[i]] = []string{before, list[i+1]}
			case []string:
				named[list[i]] = append(before, list[i+1])
			}
		}
		directive["headers"] = named
	}
	encoded, key := fields["body_base64"], "body_base64"
	if encoded == nil && isTrue(fields["is_base64"]) {
		encoded, key = fields["body"], "body"
	}
	if encoded != nil {
		data, problem := decodeBase64(encoded, "proxy."+key)
		directive["body"] = data
		return directive, problem
	}
	body := &Reply{}
	if problem := body.setBody(fields["body"], own, "proxy.body"); problem != nil {
		return nil, problem
	}
	if body.Stream != nil {
		return nil, invalid("`proxy.body` is %s; it cannot be streamed.", describe(fields["body"]))
	}
	if fields["body"] != nil {
		directive["body"] = body.Body
	}
	return directive, nil
}
