//go:build unix

package postgres_test

import (
	"testing"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// A write tells the table that the statement names, and all that it is a part of.
func TestTriggersOfPartitions(t *testing.T) {
	c, heard := world(t,
		"CREATE TABLE sales (id int, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region)",
		"CREATE TABLE sales_eu PARTITION OF sales FOR VALUES IN ('de', 'fr') PARTITION BY LIST (region)",
		"CREATE TABLE sales_de PARTITION OF sales_eu FOR VALUES IN ('de')",
		"CREATE TABLE sales_fr (region text NOT NULL, dropped int, id int NOT NULL, PRIMARY KEY (id, region))", // other attribute numbers
		"ALTER TABLE sales_fr DROP COLUMN dropped",
		"ALTER TABLE sales_eu ATTACH PARTITION sales_fr FOR VALUES IN ('fr')",
		"CREATE TABLE sales_us PARTITION OF sales FOR VALUES IN ('us')",
	)
	sales := postgres.Table{Name: "sales", Columns: []string{"region"}, Channel: channelOf(t)}
	install(t, c, sales)
	hears(t, c, heard,
		says{"INSERT INTO sales VALUES (1, 'de'), (2, 'us')", []string{"sales + region=de", "sales + region=us"}},
		says{"INSERT INTO sales_de VALUES (3, 'de')", []string{"sales + region=de", "sales_eu + region=de", "sales_de + region=de"}},
		says{"UPDATE sales_eu SET region = 'fr' WHERE id = 3", []string{"sales - region=de + region=fr", "sales_eu - region=de + region=fr"}},
		says{"UPDATE sales SET region = 'us' WHERE id = 1", []string{"sales - region=de + region=us"}},
		// PostgreSQL 15 shows no trigger of statements the rows that a MERGE moves.
		says{"MERGE INTO sales s USING (VALUES (1)) v (id) ON s.id = v.id WHEN MATCHED THEN UPDATE SET region = 'de'", []string{"sales"}},
		says{"MERGE INTO sales s USING (VALUES (1)) v (id) ON s.id = v.id WHEN MATCHED THEN UPDATE SET region = 'us'", []string{"sales"}},
		says{"DELETE FROM sales_fr", []string{"sales - region=fr", "sales_eu - region=fr", "sales_fr - region=fr"}},
		says{"TRUNCATE sales_us", []string{"sales", "sales_us"}},
		says{"TRUNCATE sales", []string{"sales", "sales_eu", "sales_de", "sales_fr", "sales_us"}},
		// Logical replication writes into the partitions, row by row.
		says{"SET session_replication_role = replica; INSERT INTO sales VALUES (1, 'de'), (2, 'de'); RESET session_replication_role", []string{"sales", "sales_eu", "sales_de"}},
	)

	// A partition that comes later is heard through its parent, and missing until it has triggers itself.
	exec(t, c, "CREATE TABLE sales_jp PARTITION OF sales FOR VALUES IN ('jp')")
	missing, err := postgres.MissingTriggers(t.Context(), c.QueryRow, sales)
	if err != nil || len(missing) != 1 {
		t.Fatalf("with a partition without triggers: %v, %v", missing, err)
	}
	hears(t, c, heard,
		says{"INSERT INTO sales VALUES (4, 'jp')", []string{"sales + region=jp"}},
		says{"SET session_replication_role = replica; INSERT INTO sales_jp VALUES (5, 'jp'); RESET session_replication_role", []string{"sales", "sales_jp"}},
		says{"INSERT INTO sales_jp VALUES (6, 'jp')", nil},
	)
	install(t, c, missing...)
	hears(t, c, heard, says{"INSERT INTO sales_jp VALUES (7, 'jp')", []string{"sales + region=jp", "sales_jp + region=jp"}})

	// A table with triggers of its own becomes a partition, and leaves.
	exec(t, c, "CREATE TABLE sales_br (LIKE sales INCLUDING ALL)")
	brazil := postgres.Table{Name: "sales_br", Columns: []string{"region"}}
	install(t, c, brazil)
	hears(t, c, heard,
		says{"INSERT INTO sales_br VALUES (8, 'br')", []string{"sales_br + region=br"}},
		says{"ALTER TABLE sales ATTACH PARTITION sales_br FOR VALUES IN ('br'); INSERT INTO sales_br VALUES (9, 'br')", []string{"sales + region=br", "sales_br + region=br"}},
	)
	install(t, c, sales)
	hears(t, c, heard,
		says{"SET session_replication_role = replica; DELETE FROM sales_br WHERE id = 9; RESET session_replication_role", []string{"sales", "sales_br"}},
		says{"ALTER TABLE sales DETACH PARTITION sales_br; DELETE FROM sales_br", []string{"sales_br - region=br"}},
	)
	install(t, c, sales, brazil)
	exec(t, c, postgres.DropTriggers(sales, brazil, postgres.Table{Name: "never_was"}))
	hears(t, c, heard, says{"INSERT INTO sales VALUES (10, 'de'); INSERT INTO sales_jp VALUES (11, 'jp'); TRUNCATE sales", nil})
	var left int
	if err := c.QueryRow(t.Context(), "SELECT count(*) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace").Scan(&left); err != nil || left > 0 {
		t.Errorf("%d functions are left, %v", left, err)
	}
}

func TestTriggersOfInheritance(t *testing.T) {
	c, heard := world(t,
		"CREATE TABLE places (id int PRIMARY KEY, name text)", "CREATE TABLE sights (id int PRIMARY KEY, stars int)",
		"CREATE TABLE towers (height int) INHERITS (places, sights)",
	)
	install(t, c, postgres.Table{Name: "places", Columns: []string{"name"}},
		postgres.Table{Name: "sights", Columns: []string{"stars"}}, postgres.Table{Name: "towers", Columns: []string{"name", "stars"}})
	hears(t, c, heard,
		says{"INSERT INTO towers (id, name, stars) VALUES (1, 'a', 2)", []string{"towers + name=a stars=2", "places + name=a stars=2", "sights + name=a stars=2"}},
		says{"UPDATE places SET name = 'b'", []string{"places 1 - id=1 name=a + id=1 name=b"}},
		says{"DELETE FROM ONLY places", nil},
	)
}
