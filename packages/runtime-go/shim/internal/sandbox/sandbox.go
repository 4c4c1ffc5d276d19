// Package sandbox carries out what START says of a function's reach (PROTOCOL.md §6). Go has no means of its own: where the
// kernel cannot, there is no sandbox, and the report says so.
package sandbox

// Paths say what may be done where.
type Paths struct{ Read, List, Write []string }

// Spec is `sandbox` of START.
type Spec struct {
	Paths
	Hide     []string
	Unhidden *Paths
	Empty    string
	// Filter is the seccomp program as package first reads it; empty when there is none for this machine.
	Filter []byte
}

// Report is `sandbox` of READY and HELLO.
type Report struct {
	Level   string   `json:"level"`
	ABI     int      `json:"abi"`
	Hides   bool     `json:"hides"`
	Missing []string `json:"missing"`
}

const (
	Kernel = "kernel"
	Off    = "off"
)

// Map is the report as it travels.
func (r *Report) Map() map[string]any {
	missing := make([]any, len(r.Missing))
	for i, text := range r.Missing {
		missing[i] = text
	}
	return map[string]any{"level": r.Level, "abi": int64(r.ABI), "hides": r.Hides, "missing": missing}
}

// note records what did not work, and reports whether it did.
func (r *Report) note(what string, err error) bool {
	if err != nil {
		r.Missing = append(r.Missing, what+": "+err.Error()+".")
	}
	return err == nil
}

// ReadSpec reads the map of START; nil when there is none.
func ReadSpec(value any) *Spec {
	from, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	spec := &Spec{Paths: readPaths(from), Hide: texts(from["hide"])}
	spec.Empty, _ = from["empty"].(string)
	if unhidden, ok := from["unhidden"].(map[string]any); ok {
		paths := readPaths(unhidden)
		spec.Unhidden = &paths
	}
	numbers, _ := from["filter"].([]any)
	for _, number := range numbers {
		n := toInt(number)
		for shift := 0; shift < 64; shift += 8 {
			spec.Filter = append(spec.Filter, byte(n>>shift))
		}
	}
	return spec
}

func readPaths(from map[string]any) Paths {
	return Paths{Read: texts(from["read"]), List: texts(from["list"]), Write: texts(from["write"])}
}

func texts(value any) []string {
	items, _ := value.([]any)
	result := make([]string, 0, len(items))
	for _, item := range items {
		if text, ok := item.(string); ok {
			result = append(result, text)
		}
	}
	return result
}

// toInt is an integer that may have come as a float: those over 31 bits do.
func toInt(value any) int64 {
	switch n := value.(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return 0
}
