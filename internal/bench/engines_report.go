package main

import "context"

// messageEngines asks how many notifications an engine carries.
func (s suite) messageEngines(ctx context.Context, r *Results) error {
	lab, err := start(ctx, "lab")
	if err != nil {
		return err
	}
	defer lab.stop()
	if err := lab.call("Lab.Engines", s.engines, &r.Engines); err != nil {
		return err
	}
	if err := lab.call("Lab.Commits", s.engines, &r.Commits); err != nil {
		return err
	}
	for _, e := range r.engineRows() {
		s.log("  %-10s %3d goroutines  %8.0f published a second  %6.2f ms each\n", e.Name, e.Publishers, e.Published.Median, e.Each.Median)
	}
	for _, c := range r.commitRows() {
		s.log("  PostgreSQL %3d writers  %8.0f commits a second, %8.0f with NOTIFY\n", c.Writers, c.Plain.Median, c.Notifying.Median)
	}
	return nil
}

// engineRow is an engine under so many publishers.
type engineRow struct {
	Name                   string
	Publishers             int
	Published, Heard, Each Spread
}

func (r *Results) engineRows() (rows []engineRow) {
	for _, e := range r.Engines {
		rows = append(rows, engineRow{
			Name: e.Name, Publishers: e.Publishers,
			Published: spreadOf(e.Rounds, func(r EngineRound) float64 { return float64(r.Published) / r.Took.Seconds() }),
			Heard:     spreadOf(e.Rounds, func(r EngineRound) float64 { return float64(r.Heard) / r.Took.Seconds() }),
			Each: spreadOf(e.Rounds, func(r EngineRound) float64 {
				return r.Took.Seconds() * 1e3 * float64(r.Publishers) / float64(max(1, r.Published))
			}),
		})
	}
	return rows
}

// commitRow is what NOTIFY in their transactions costs so many writers; in commits a second.
type commitRow struct {
	Writers                 int
	Plain, Notifying, Ratio Spread
}

func (r *Results) commitRows() (rows []commitRow) {
	for _, c := range r.Commits {
		rows = append(rows, commitRow{
			Writers: c.Writers, Plain: spreadOf(c.Plain, identity), Notifying: spreadOf(c.Notifying, identity),
			Ratio: spreadOf(zip(c.Notifying, c.Plain), func(p pairOf[float64]) float64 { return p.a / p.b }),
		})
	}
	return rows
}

func identity(v float64) float64 { return v }
