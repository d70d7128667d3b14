package main

import "time"

// Schedule is when changes happen: all of it is known before the first one.
type Schedule struct {
	Start    time.Time
	Interval time.Duration
	Count    int
}

// at is when change seq happens; the first is number 1.
func (s Schedule) at(seq int) time.Time { return s.Start.Add(time.Duration(seq-1) * s.Interval) }

// end is when the last change happens.
func (s Schedule) end() time.Time { return s.at(s.Count) }

// run calls publish for each change at its time, or at once if that has passed.
func (s Schedule) run(publish func(seq int) error) error {
	for seq := 1; seq <= s.Count; seq++ {
		time.Sleep(time.Until(s.at(seq)))
		if err := publish(seq); err != nil {
			return err
		}
	}
	return nil
}
