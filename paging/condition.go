package paging

// condition is SQL with marks for its placeholders.
type condition struct {
	sql  string
	args []any
}

func raw(sql string) condition { return condition{sql: sql} }

// and joins what is not empty.
func and(cs ...condition) condition { return join(" AND ", cs) }

// or joins alternatives, in brackets.
func or(cs ...condition) condition {
	c := join(" OR ", cs)
	c.sql = "(" + c.sql + ")"
	return c
}

func join(word string, cs []condition) condition {
	var out condition
	for _, c := range cs {
		if c.sql == "" {
			continue
		}
		if out.sql != "" {
			out.sql += word
		}
		out.sql += c.sql
		out.args = append(out.args, c.args...)
	}
	return out
}
