//go:build !linux

package output

// printed tells whether something lies in the pipes; here it does not know.
type printed struct{}

func newPrinted([2]int) *printed { return &printed{} }

func (*printed) any() bool { return true }
