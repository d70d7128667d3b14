package sqlite_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
)

// read runs a query and returns the topics that it follows.
func (b *bed) topicsOf(sql string) []string {
	b.t.Helper()
	b.forget()
	rows, err := b.QueryContext(b.t.Context(), sql)
	if err := drain(rows, err); err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.read)
}

func TestTopics(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("x", 1200)
	a, b := openAt(t, filepath.Join(dir, "a.db")), openAt(t, filepath.Join(dir, "b.db"))
	memory, other := openDSN(t, "", ":memory:"), openDSN(t, "", ":memory:")
	for _, one := range []*bed{a, b, memory, other} {
		one.SetMaxOpenConns(1)
		one.must("CREATE TABLE Tickets (id)", "CREATE TABLE "+long+" (id)")
	}
	if got, want := a.topicsOf("SELECT id FROM tickets"), []string{"sqlite:" + a.path, "sqlite:" + a.path + "/tickets"}; !slices.Equal(got, want) {
		t.Errorf("follows %q, want %q", got, want)
	}
	seen := map[string]bool{}
	for _, one := range []*bed{a, b, memory, other} {
		for _, sql := range []string{"SELECT id FROM tickets", "SELECT id FROM " + long} {
			for _, topic := range one.topicsOf(sql) {
				if len(topic) > live.MaxTopic || !strings.HasPrefix(topic, "sqlite:") {
					t.Errorf("no topic: %q", topic)
				}
				seen[topic] = true
			}
		}
		table := one.topicsOf("SELECT id FROM " + long)
		one.must("INSERT INTO " + long + " VALUES (1)")
		if got := strings.Fields(one.published()[0]); !slices.Contains(table, got[0]) {
			t.Errorf("published %q, followed %q", got, table)
		}
	}
	if len(seen) != 4*3 {
		t.Errorf("%d topics of 4 databases with 2 tables each: %v", len(seen), seen)
	}
}

// Memory that connections share is one database, and no other program writes it.
func TestSharedMemory(t *testing.T) {
	const name = "file:of-a-test?mode=memory&cache=shared"
	a, b := openDSN(t, "", name), openDSN(t, "", name)
	a.must("CREATE TABLE tickets (id)")
	follows := b.topicsOf("SELECT id FROM tickets")
	a.forget()
	a.must("INSERT INTO tickets VALUES (1)")
	got := a.published()
	if len(got) != 1 || !slices.Contains(follows, strings.Fields(got[0])[0]) {
		t.Errorf("published %q, followed %q", got, follows)
	}
	a.look()
	if got := a.published(); len(got) > 0 {
		t.Errorf("published %q besides", got)
	}
}

// An attached file is a database of its own: what is read and written there has its topics, and other programs' writes
// to it are noticed.
func TestAttached(t *testing.T) {
	dir := t.TempDir()
	shop, stock := openAt(t, filepath.Join(dir, "shop.db"), wal), openAt(t, filepath.Join(dir, "stock.db"), wal)
	shop.must("CREATE TABLE tickets (id)", "CREATE TABLE both (id)")
	stock.must("CREATE TABLE parts (id)", "CREATE TABLE both (id)")
	topic := func(b *bed, table string) string { return "sqlite:" + b.path + "/" + table }
	shop.SetMaxOpenConns(1)
	shop.must("ATTACH '" + stock.path + "' AS stock")
	for sql, want := range map[string][]string{
		"SELECT * FROM stock.parts":                     {topic(stock, "parts")},
		"SELECT count(*) FROM parts":                    {topic(stock, "parts")},
		"SELECT count(*) FROM both":                     {topic(shop, "both")},
		"SELECT count(*) FROM stock.both":               {topic(stock, "both")},
		"SELECT 1 FROM tickets, parts":                  {topic(shop, "tickets"), topic(stock, "parts")},
		"SELECT id FROM both UNION SELECT 1 FROM parts": {topic(shop, "both"), topic(stock, "parts")},
	} {
		got := slices.DeleteFunc(shop.topicsOf(sql), func(t string) bool { return t == "sqlite:"+shop.path || t == "sqlite:"+stock.path })
		if !slices.Equal(got, want) {
			t.Errorf("%s: follows %q, want %q", sql, got, want)
		}
	}
	for _, c := range []struct {
		sql  string
		want []string
	}{
		{"INSERT INTO parts VALUES (1)", []string{topic(stock, "parts"), topic(stock, "*")}},
		{"BEGIN; INSERT INTO both VALUES (1); DELETE FROM parts; COMMIT", []string{topic(shop, "both"), topic(shop, "*"), topic(stock, "parts"), topic(stock, "*")}},
		{"BEGIN; INSERT INTO both VALUES (1); INSERT INTO stock.both VALUES (1); COMMIT", []string{topic(shop, "both"), topic(shop, "*"), topic(stock, "both"), topic(stock, "*")}},
	} {
		shop.forget()
		shop.must(c.sql)
		shop.look()
		got := strings.Fields(strings.Join(shop.published(), " "))
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: published %q, want %q", c.sql, got, c.want)
		}
	}
	if _, err := openRaw(t, stock.path).ExecContext(t.Context(), "INSERT INTO parts VALUES (9)"); err != nil {
		t.Fatal(err)
	}
	shop.look()
	if got := shop.published(); !slices.Equal(got, []string{"sqlite:" + stock.path}) {
		t.Errorf("another program wrote, published %q", got)
	}
	shop.must("DETACH stock")
	if err := func() error { _, err := shop.ExecContext(t.Context(), "SELECT * FROM parts"); return err }(); err == nil {
		t.Error("still attached")
	}
}

// Tables of a connection's own are its own business.
func TestTemporaryTables(t *testing.T) {
	b := watched(t, wal)
	b.SetMaxOpenConns(1)
	b.must("CREATE TEMP TABLE mine (id)", "CREATE TEMP VIEW seen AS SELECT id FROM main.n", "CREATE TEMP TABLE other (id)", "INSERT INTO mine VALUES (1)")
	if got := b.writes(); len(got) > 0 {
		t.Errorf("published %q", got)
	}
	for sql, want := range map[string][]string{
		"SELECT id FROM mine":         {},
		"SELECT count(*) FROM mine":   {},
		"SELECT id FROM seen":         {"n"},
		"SELECT count(*) FROM other":  {}, // the temporary one is found first
		"SELECT id FROM main.other":   {"other"},
		"SELECT mine.id FROM mine, n": {"n"},
	} {
		b.topicsOf(sql)
		if got, _ := b.followed(); !slices.Equal(got, want) {
			t.Errorf("%s: follows %q, want %q", sql, got, want)
		}
	}
}
