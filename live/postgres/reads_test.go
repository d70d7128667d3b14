//go:build unix

package postgres_test

import (
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/htmxlive/htmxlive/live/postgres"
)

const shop = `
	CREATE TABLE teams (id int PRIMARY KEY, name text, boss int);
	CREATE TABLE tickets (id int PRIMARY KEY, team_id int REFERENCES teams ON DELETE CASCADE, title text, state text, at timestamptz);
	CREATE TABLE comments (id serial PRIMARY KEY, ticket int REFERENCES tickets ON DELETE CASCADE, body text);
	CREATE TABLE "Odd Name" (id int, "a b" text);
	CREATE SCHEMA app;
	CREATE TABLE app.tickets (id int);
	CREATE VIEW open_tickets AS SELECT t.id, t.title, m.name FROM tickets t JOIN teams m ON m.id = t.team_id WHERE t.state = 'open';
	CREATE VIEW open_titles AS SELECT title FROM open_tickets;
	CREATE VIEW counted AS SELECT (SELECT count(*) FROM comments) AS n;
	CREATE MATERIALIZED VIEW summary AS SELECT count(*) FROM tickets;
	CREATE TABLE logs (id int, day int) PARTITION BY LIST (day);
	CREATE TABLE logs1 PARTITION OF logs FOR VALUES IN (1);
	CREATE TABLE logs2 PARTITION OF logs FOR VALUES IN (2) PARTITION BY LIST (id);
	CREATE TABLE logs2a PARTITION OF logs2 FOR VALUES IN (1);
	CREATE TABLE animals (id int);
	CREATE TABLE owned (owner int);
	CREATE TABLE cats () INHERITS (animals, owned);
	CREATE FUNCTION ticket_count(team int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM tickets WHERE team_id = team; END;
	CREATE FUNCTION nested(team int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT ticket_count(team) FROM teams; END;
	CREATE FUNCTION opaque() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT count(*) FROM tickets); END';
	CREATE FUNCTION declared() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT count(*) FROM comments); END';
	CREATE FUNCTION textual() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM tickets -- all';
	CREATE FUNCTION textual(a int, b text DEFAULT 'x', OUT c bigint) LANGUAGE sql STABLE AS 'SELECT 1; SELECT count(*) FROM tickets WHERE id = a AND title = $2';
	CREATE FUNCTION listed(int) RETURNS TABLE (id int, name text) LANGUAGE sql STABLE AS 'SELECT id, name FROM teams WHERE id <> $1';
	CREATE FUNCTION in_app() RETURNS bigint LANGUAGE sql STABLE SET search_path = app AS 'SELECT count(*) FROM tickets';
	CREATE FUNCTION of_any(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS 'SELECT $1 FROM teams';
	CREATE FUNCTION pure(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
	CREATE FUNCTION add_team(bigint, int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT $1 + (SELECT count(*) FROM teams) + $2; END;
	CREATE AGGREGATE teamed(int) (sfunc = add_team, stype = bigint, initcond = '0');
	CREATE FUNCTION near(int, int) RETURNS bool LANGUAGE sql STABLE BEGIN ATOMIC SELECT EXISTS (SELECT FROM comments WHERE id = $1 AND ticket = $2); END;
	CREATE OPERATOR <~> (leftarg = int, rightarg = int, function = near);
	CREATE TABLE secrets (id int, team_id int);
	CREATE TABLE members (team_id int, who name);
	ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
	CREATE POLICY mine ON secrets FOR SELECT USING (EXISTS (SELECT FROM members m WHERE m.team_id = secrets.team_id AND m.who = current_user));
	CREATE POLICY theirs ON secrets FOR INSERT WITH CHECK (EXISTS (SELECT FROM comments));
	CREATE VIEW secret_ids AS SELECT id FROM secrets;
	CREATE VIEW invoked WITH (security_invoker) AS SELECT id FROM secrets;
	GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO reader;
	INSERT INTO teams VALUES (1, 'red', 2), (2, 'blue', NULL);
	INSERT INTO tickets VALUES (1, 1, 'Lamp', 'open', now()), (2, 2, 'Mouse', 'done', now());
	INSERT INTO comments (ticket, body) VALUES (1, 'dark');`

// What a statement reads, for each way of reading.
var reading = map[string]struct {
	sql, want string
	args      []any
}{
	"a table":                    {sql: "SELECT title FROM tickets", want: "tickets"},
	"another case":               {sql: "SELECT TITLE FROM TICKETS", want: "tickets"},
	"a name in quotes":           {sql: `SELECT "a b" FROM "Odd Name"`, want: "Odd Name"},
	"another schema":             {sql: "SELECT id FROM app.tickets", want: "app.tickets"},
	"count, no column":           {sql: "SELECT count(*) FROM tickets", want: "tickets"},
	"no column at all":           {sql: "SELECT FROM tickets", want: "tickets"},
	"a join":                     {sql: "SELECT t.title, m.name FROM tickets t JOIN teams m ON m.id = t.team_id", want: "teams tickets"},
	"a join, no column of it":    {sql: "SELECT 1 FROM tickets, teams", want: "teams tickets"},
	"a join that is omitted":     {sql: "SELECT t.title FROM tickets t LEFT JOIN teams m ON m.id = t.team_id", want: "teams tickets"},
	"duplicate column names":     {sql: "SELECT t.id, m.id, m.id FROM tickets t NATURAL JOIN teams m", want: "teams tickets"},
	"exists":                     {sql: "SELECT 1 WHERE EXISTS (SELECT FROM comments)", want: "comments"},
	"not in":                     {sql: "SELECT name FROM teams WHERE id NOT IN (SELECT team_id FROM tickets)", want: "teams tickets"},
	"a scalar subquery":          {sql: "SELECT (SELECT max(id) FROM comments)", want: "comments"},
	"an array":                   {sql: "SELECT ARRAY(SELECT id FROM comments)", want: "comments"},
	"lateral":                    {sql: "SELECT * FROM teams m, LATERAL (SELECT count(*) FROM tickets WHERE team_id = m.id) x", want: "teams tickets"},
	"a CTE":                      {sql: "WITH x AS (SELECT id FROM comments) SELECT * FROM x", want: "comments"},
	"a CTE that nobody reads":    {sql: "WITH x AS (SELECT id FROM comments) SELECT 1", want: "comments"},
	"a recursive CTE":            {sql: "WITH RECURSIVE up (id) AS (SELECT 1 UNION SELECT boss FROM teams JOIN up USING (id)) SELECT * FROM up", want: "teams"},
	"a CTE that writes":          {sql: "WITH x AS (UPDATE teams SET name = name WHERE false RETURNING id) SELECT * FROM x, tickets", want: "teams tickets"},
	"a union":                    {sql: "SELECT title FROM tickets UNION ALL SELECT name FROM teams EXCEPT SELECT body FROM comments", want: "comments teams tickets"},
	"a window":                   {sql: "SELECT row_number() OVER (PARTITION BY team_id) FROM tickets", want: "tickets"},
	"grouped":                    {sql: "SELECT m.name, count(*) FROM teams m LEFT JOIN tickets t ON t.team_id = m.id GROUP BY 1 HAVING count(*) > 0", want: "teams tickets"},
	"ordered by a subquery":      {sql: "SELECT name FROM teams m ORDER BY (SELECT count(*) FROM tickets WHERE team_id = m.id)", want: "teams tickets"},
	"a limit by a subquery":      {sql: "SELECT name FROM teams LIMIT (SELECT count(*) FROM tickets)", want: "teams tickets"},
	"never":                      {sql: "SELECT title FROM tickets WHERE false", want: "tickets"},
	"never, by an argument":      {sql: "SELECT title FROM tickets WHERE $1", want: "tickets", args: []any{false}},
	"limit 0":                    {sql: "SELECT title FROM tickets LIMIT 0", want: "tickets"},
	"locked":                     {sql: "SELECT title FROM tickets FOR UPDATE", want: "tickets"},
	"sampled":                    {sql: "SELECT title FROM tickets TABLESAMPLE system (50)", want: "tickets"},
	"a view":                     {sql: "SELECT title FROM open_tickets", want: "teams tickets"},
	"a view of a view":           {sql: "SELECT title FROM open_titles", want: "teams tickets"},
	"a view, no column":          {sql: "SELECT count(*) FROM open_titles", want: "teams tickets"},
	"a view of a subquery":       {sql: "SELECT n FROM counted", want: "comments"},
	"a materialized view":        {sql: "SELECT * FROM summary", want: "* summary"},
	"a partitioned table":        {sql: "SELECT id FROM logs", want: "logs"},
	"a partition":                {sql: "SELECT id FROM logs1", want: "logs logs1"},
	"a partition of a partition": {sql: "SELECT id FROM logs2a", want: "logs logs2 logs2a"},
	"partitions between":         {sql: "SELECT id FROM logs2", want: "logs logs2"},
	"a parent":                   {sql: "SELECT id FROM animals", want: "animals owned"},
	"a child":                    {sql: "SELECT owner FROM cats", want: "animals cats owned"},
	"a function":                 {sql: "SELECT ticket_count(1)", want: "tickets"},
	"a function in a function":   {sql: "SELECT nested(1)", want: "teams tickets"},
	"a function in FROM":         {sql: "SELECT * FROM ticket_count(1)", want: "tickets"},
	"an aggregate":               {sql: "SELECT teamed(id) FROM comments", want: "comments teams"},
	"an aggregate over a window": {sql: "SELECT teamed(id) OVER () FROM comments", want: "comments teams"},
	"an operator":                {sql: "SELECT 1 <~> id FROM teams", want: "comments teams"},
	"an opaque function":         {sql: "SELECT opaque() FROM teams", want: "* teams"},
	"a function of text":         {sql: "SELECT textual() FROM teams", want: "teams tickets"},
	"one with parameters":        {sql: "SELECT textual(1) FROM teams", want: "teams tickets"},
	"one that returns rows":      {sql: "SELECT * FROM listed(1)", want: "teams"},
	"one with a search_path":     {sql: "SELECT in_app()", want: "app.tickets"},
	"one of any type":            {sql: "SELECT of_any(id) FROM teams", want: "* teams"},
	"a declared function":        {sql: "SELECT declared() FROM teams", want: "comments teams"},
	"a pure function":            {sql: "SELECT pure(id) FROM teams", want: "teams"},
	"a text that is run":         {sql: "SELECT query_to_xml('SELECT * FROM tickets', true, true, '')", want: "*"},
	"nothing":                    {sql: "SELECT 1", want: "ALL"},
	"values":                     {sql: "VALUES (1), (2)", want: "ALL"},
	"no statement":               {sql: "", want: ""},
	"a table command":            {sql: "TABLE teams", want: "teams"},
	"the clock":                  {sql: "SELECT now(), CURRENT_DATE", want: "ALL"},
	"the catalog":                {sql: "SELECT relname FROM pg_class", want: "ALL"},
	"the information schema":     {sql: "SELECT table_name FROM information_schema.tables", want: "ALL"},
	"the catalog and a table":    {sql: "SELECT relname, title FROM pg_catalog.pg_class, tickets", want: "tickets"},
	"JSON":                       {sql: `SELECT * FROM jsonb_array_elements('[1]')`, want: "ALL"},
	"JSON of a table":            {sql: "SELECT to_jsonb(t) || jsonb_build_object('n', t.id) FROM tickets t", want: "tickets"},
	"dates":                      {sql: "SELECT to_char(at, 'YYYY'), date_trunc('day', at), at::date FROM tickets WHERE at > $1::date", want: "tickets", args: []any{"2020-01-01"}},
	"a write":                    {sql: "UPDATE tickets SET title = (SELECT name FROM teams LIMIT 1) WHERE id = 99 RETURNING id", want: "teams tickets"},
	"an insert of a query":       {sql: "INSERT INTO comments (body) SELECT title FROM tickets WHERE false RETURNING id", want: "comments tickets"},
	"merge":                      {sql: "MERGE INTO teams m USING tickets t ON m.id = t.id WHEN MATCHED THEN DO NOTHING", want: "teams tickets"},
	"a comment first":            {sql: "-- of teams\n /* */ SELECT title FROM tickets; -- more", want: "tickets"},
	"a comment last":             {sql: "SELECT title FROM tickets -- and no more", want: "tickets"},
	"a semicolon":                {sql: "SELECT title FROM tickets;", want: "tickets"},
	"in parentheses":             {sql: "((SELECT title FROM tickets))", want: "tickets"},
	"a text with a semicolon":    {sql: "SELECT title FROM tickets WHERE title <> '; DROP TABLE teams'", want: "tickets"},
	"explained":                  {sql: "EXPLAIN SELECT title FROM tickets", want: "*"},
	"begin":                      {sql: "BEGIN; ", want: ""},
	"shown":                      {sql: "SHOW search_path", want: ""},
	"an integer":                 {sql: "SELECT id FROM tickets WHERE id = $1", want: "tickets", args: []any{1}},
	"a text":                     {sql: "SELECT id FROM tickets WHERE title = $1", want: "tickets", args: []any{"Lamp"}},
	"an array of integers":       {sql: "SELECT id FROM tickets WHERE id = ANY ($1)", want: "tickets", args: []any{[]int{1}}},
	"an unknown argument":        {sql: "SELECT $1 FROM tickets", want: "tickets", args: []any{"x"}},
	"a cast argument":            {sql: "SELECT $1::uuid FROM tickets", want: "tickets", args: []any{"00000000-0000-0000-0000-000000000000"}},
	"a row as an argument":       {sql: "SELECT ($2::tickets).id, $1::int FROM teams", want: "teams", args: []any{1, "(1,1,a,b,)"}},
}

// The ways of pgx and of database/sql to run a statement.
var ways = map[string]func(b *bed, sql string, args []any) error{
	"Query": func(b *bed, sql string, args []any) error {
		rows, err := b.Query(b.t.Context(), sql, args...)
		rows.Close()
		return err
	},
	"Exec": func(b *bed, sql string, args []any) error {
		_, err := b.Exec(b.t.Context(), sql, args...)
		return err
	},
	"Exec mode": func(b *bed, sql string, args []any) error {
		rows, err := b.Query(b.t.Context(), sql, append([]any{pgx.QueryExecModeDescribeExec}, args...)...)
		rows.Close()
		return err
	},
	"simple protocol": func(b *bed, sql string, args []any) error {
		rows, err := b.Query(b.t.Context(), sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
		rows.Close()
		return err
	},
	"Prepare": func(b *bed, sql string, args []any) error {
		if _, err := b.Prepare(b.t.Context(), "named", sql); err != nil {
			return err
		}
		defer func() {
			if err := b.Deallocate(b.t.Context(), "named"); err != nil {
				b.t.Error(err)
			}
		}()
		if fresh, older := b.followed(); fresh != "" || older != "" {
			b.t.Errorf("prepared, not run: %q %q", fresh, older)
		}
		rows, err := b.Query(b.t.Context(), "named", args...)
		rows.Close()
		return err
	},
	"a batch": func(b *bed, sql string, args []any) error {
		batch := &pgx.Batch{}
		batch.Queue(sql, args...)
		return b.SendBatch(b.t.Context(), batch).Close()
	},
	"database/sql": func(b *bed, sql string, args []any) error {
		db := stdlib.OpenDB(*b.config)
		defer db.Close()
		rows, err := db.QueryContext(b.t.Context(), sql, args...)
		return drain(rows, err)
	},
	"a statement of database/sql": func(b *bed, sql string, args []any) error {
		db := stdlib.OpenDB(*b.config)
		defer db.Close()
		s, err := db.PrepareContext(b.t.Context(), sql)
		if err != nil {
			return err
		}
		defer s.Close()
		rows, err := s.QueryContext(b.t.Context(), args...)
		return drain(rows, err)
	},
}

func drain(rows *sql.Rows, err error) error {
	if err != nil {
		return err
	}
	for rows.Next() {
		continue
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close()
}

func TestReads(t *testing.T) {
	b := newBed(t, postgres.Watch{Functions: map[string][]string{"public.declared": {"public.comments"}}}, shop)
	for name, c := range reading {
		for way, read := range ways {
			if c.sql == "" && way != "Exec" {
				continue // pgx panics
			}
			b.followed()
			if err := read(b, c.sql, c.args); err != nil {
				t.Errorf("%s, by %s: %v", name, way, err)
			}
			if fresh, older := b.followed(); fresh != c.want || older != "" {
				t.Errorf("%s, by %s: follows %q and %q, want %q: %s", name, way, fresh, older, c.want, b.said())
			}
			if b.PgConn().TxStatus() != 'I' {
				b.must("ROLLBACK")
			}
		}
	}
}
