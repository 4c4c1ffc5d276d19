package worker

import "time"

// timerWatch is a watch that works everywhere.
type timerWatch struct{ timer *time.Timer }

func newTimerWatch(look func()) *timerWatch {
	timer := time.AfterFunc(time.Hour, look)
	timer.Stop()
	return &timerWatch{timer}
}

func (w *timerWatch) arm()    { w.timer.Reset(burstPatience) }
func (w *timerWatch) disarm() { w.timer.Stop() }
func (w *timerWatch) close()  { w.timer.Stop() }

// watch calls a function burstPatience after it was armed, unless it was armed again or disarmed before. One call at most may
// still come after that.
type watch interface {
	arm()
	disarm()
	close()
}
