//go:build !linux

package worker

func newWatch(look func()) watch { return newTimerWatch(look) }
