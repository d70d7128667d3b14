package live

// address is the path and query that the page was opened with.
func (s *Socket) address() string {
	if s.opening == "" {
		return s.cfg.Path
	}
	return s.cfg.Path + "?" + s.opening
}

// addPrivate adds the page's private queries.
func (s *Socket) addPrivate(all []*cohort) []*cohort {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.assigns {
		if a.plan.share == nil {
			all = append(all, a.cohort)
		}
	}
	return all
}
