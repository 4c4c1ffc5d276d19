//go:build !go1.21

package event

// copyMap is a map with the same keys and values.
func copyMap(from map[string]any) map[string]any {
	to := make(map[string]any, len(from))
	for key, value := range from {
		to[key] = value
	}
	return to
}
