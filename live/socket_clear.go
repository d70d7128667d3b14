package live

import "github.com/htmxlive/htmxlive/live/fragment"

// clear adds to u the patches that clear every fragment of a page that must not come back. A fragment is cleared by rendering
// it for assigns that the viewer may not see. Where that fails, u asks the browser to load the page again.
func (s *Socket) clear(u *Update) {
	for _, sl := range s.slots {
		p, err := s.clearSlot(sl)
		switch {
		case err != nil:
			s.core.logFailure(s.request, sl.fragment.ID(), err)
			u.Close.Reload = true
		case len(p.HTML) > 0:
			u.Patches = append(u.Patches, p)
		}
	}
}

// clearSlot is the patch that clears one fragment.
func (s *Socket) clearSlot(sl *slot) (*Patch, error) {
	assigns := fragment.Assigns{}
	if sl.composed == nil {
		assigns[sl.assign.cohort.name] = clearedAssign(sl.assign)
	} else {
		for _, name := range sl.composed.inputs {
			assigns[name] = clearedAssign(s.assign(name))
		}
	}
	job := renderJob{fragment: sl.fragment, id: sl.fragment.ID(), assigns: assigns, most: s.core.cfg.Limits.BytesPerFragment}
	r, err := job.render(s.request)
	if err != nil {
		return nil, err
	}
	return r.Patch(sl.shown)
}

// clearedAssign is what a fragment gets of an assign that the viewer may not see. A plain assign is nil.
func clearedAssign(a *assign) fragment.Assign {
	return fragment.Assign{Status: fragment.Cleared, IsList: a != nil && a.plan.rows != nil}
}
