package main

import "time"

// Schedule is when changes happen: all of it is known before the first one.
type Schedule struct {
	Start    time.Time
	Interval time.Duration
	First    int // the number of the first change; those before it have happened
	Count    int
}

// at is when change seq happens.
func (s Schedule) at(seq int) time.Time { return s.Start.Add(time.Duration(seq-s.First) * s.Interval) }

// last is the number of the last change.
func (s Schedule) last() int { return s.First + s.Count - 1 }

// run calls publish for each change at its time, or at once if that has passed.
func (s Schedule) run(publish func(seq int) error) error {
	for seq := s.First; seq <= s.last(); seq++ {
		time.Sleep(time.Until(s.at(seq)))
		if err := publish(seq); err != nil {
			return err
		}
	}
	return nil
}
