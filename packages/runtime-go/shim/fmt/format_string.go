//go:build go1.20

package fmt

import "fmt"

func FormatString(state State, verb rune) string { return fmt.FormatString(state, verb) }
