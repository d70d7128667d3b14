package paging

import "time"

// isAfterGap reports whether a time may stand for a reading of the clock that its zone leaves out: where clocks go forward from 2:00 to
// 3:00, a driver that reads 2:30 in that zone gives 3:30, as it does for 3:30. An hour that comes twice is read as one of the two and
// written as it was.
func isAfterGap(value any) bool {
	t, ok := value.(time.Time)
	if !ok || t.Location() == time.UTC {
		return false
	}
	start, end := t.ZoneBounds()
	return mayBeMoved(t, start, 1) || mayBeMoved(t, end, -1)
}

// mayBeMoved reports whether t, on one side of a change of the clocks, is what time.Date makes of a reading on the other.
func mayBeMoved(t, change time.Time, side int) bool {
	if change.IsZero() {
		return false
	}
	_, before := change.Add(-time.Second).Zone()
	_, after := change.Zone()
	left := time.Duration(after-before) * time.Second
	if left <= 0 {
		return false
	}
	_, offset := t.Zone()
	wall := t.UTC().Add(time.Duration(offset)*time.Second - time.Duration(side)*left)
	moved := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), t.Location())
	return moved.Equal(t)
}
