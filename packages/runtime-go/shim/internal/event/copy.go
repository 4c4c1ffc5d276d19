//go:build go1.21

package event

import "maps"

// copyMap is a map with the same keys and values. Since Go 1.24 it copies the memory, and hashes nothing.
func copyMap(from map[string]any) map[string]any { return maps.Clone(from) }
