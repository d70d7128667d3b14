package postgres

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

const functionsQuery = `
SELECT p.oid, n.nspname || '.' || p.proname, p.proname, l.lanname, p.provolatile::text, p.pronargs, p.prosqlbody::text,
	CASE WHEN p.prosecdef THEN pg_get_userbyid(p.proowner) ELSE $2 END, p.prosrc,
	coalesce((SELECT string_agg(coalesce(quote_ident(nullif(a.name, '')), '') || ' ' || format_type(a.type, NULL), ', ' ORDER BY a.i)
		FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes, p.proargnames) WITH ORDINALITY AS a (type, mode, name, i)
		WHERE coalesce(a.mode, 'i') IN ('i', 'b', 'v')), ''),
	coalesce((SELECT substr(s, 13) FROM unnest(p.proconfig) AS s WHERE s LIKE 'search\_path=%'), ''),
	ARRAY(SELECT f::oid FROM pg_aggregate a, unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) AS f
		WHERE a.aggfnoid = p.oid AND f::oid <> 0)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang WHERE p.oid = ANY ($1)`

// function is one that a statement calls.
type function struct {
	oid                              uint32
	full, name, language, volatility string
	arguments                        int
	body                             *string // PostgreSQL's form of it, if it is known
	user                             string  // with whose rights it runs
	source, parameters, path         string  // path is the search_path that it sets itself
	aggregates                       []uint32
}

func (w *walk) visitFunctions(ctx context.Context, refs []reference) error {
	for where, oids := range byPlace(refs) {
		rows, err := w.tx.Query(ctx, functionsQuery, oids, where.user)
		if err != nil {
			return err
		}
		var f function
		if _, err := pgx.ForEachRow(rows, []any{&f.oid, &f.full, &f.name, &f.language, &f.volatility, &f.arguments, &f.body, &f.user, &f.source, &f.parameters, &f.path, &f.aggregates}, func() error {
			w.visitFunction(f, where)
			f = function{}
			return nil
		}); err != nil {
			return err
		}
	}
	if err := w.parseSources(ctx); err != nil {
		return err
	}
	return w.findDeclared(ctx)
}

func (w *walk) visitFunction(f function, where reference) {
	if f.oid < firstUserOID {
		w.visitBuiltIn(f, where)
		return
	}
	if _, ok := w.declared[f.full]; ok {
		w.met = append(w.met, w.declared[f.full]...)
		return
	}
	where.user = f.user
	switch {
	case f.body != nil:
		w.visit(*f.body, where)
		return
	case len(f.aggregates) > 0:
		for _, oid := range f.aggregates {
			w.meet(w.functions, oid, where)
		}
		return
	case f.volatility == immutable:
		return
	case f.language == "sql":
		w.sources = append(w.sources, source{f, where})
		return
	}
	w.hides(f)
}

// hides notes a function of which nobody knows what it reads.
func (w *walk) hides(f function) {
	w.access.hidden = append(w.access.hidden, f.full)
	if f.volatility == volatile {
		w.readsClock(f)
		if f.language != "c" && f.language != "internal" {
			w.access.loud = true
		}
	}
}

const (
	immutable = "i"
	stable    = "s"
	volatile  = "v"
)

// visitBuiltIn judges a function of PostgreSQL itself by its name: few read more than their arguments.
func (w *walk) visitBuiltIn(f function, where reference) {
	switch {
	case f.volatility == immutable:
	case strings.HasSuffix(f.name, "_to_xml"), strings.HasSuffix(f.name, "_to_xmlschema"), strings.HasSuffix(f.name, "_to_xml_and_xmlschema"),
		f.name == "ts_stat", f.name == "ts_rewrite", f.name == "lo_get", f.name == "loread", f.name == "lo_export":
		w.access.hidden = append(w.access.hidden, f.full)
	case f.volatility == stable && !readsClock(f, where), f.volatility == volatile && isAction(f.name):
	default:
		w.readsClock(f)
	}
}

func (w *walk) readsClock(f function) {
	if w.access.clock == "" {
		w.access.clock = f.name + "()"
	}
}

// readsClock reports whether a stable function of PostgreSQL depends on more than the database and on how values are written. A
// policy's current_setting says for whom the statement runs, as the role does.
func readsClock(f function, where reference) bool {
	switch f.name {
	case "age":
		return f.arguments == 1
	case "current_setting":
		return !where.policy
	case "now", "transaction_timestamp", "statement_timestamp", "pg_backend_pid", "pg_cursor", "pg_prepared_statement", "pg_show_all_settings",
		"inet_client_addr", "inet_client_port", "pg_listening_channels":
		return true
	}
	return strings.HasPrefix(f.name, "pg_stat_get_") || strings.HasPrefix(f.name, "txid_current") || strings.HasPrefix(f.name, "pg_current_")
}

// isAction reports whether a volatile function of PostgreSQL is called for what it does.
func isAction(name string) bool {
	if strings.HasPrefix(name, "pg_advisory_") || strings.HasPrefix(name, "pg_try_advisory_") || strings.HasPrefix(name, "pg_sleep") ||
		strings.HasPrefix(name, "pg_partition_") {
		return true
	}
	return slices.Contains([]string{"nextval", "setval", "setseed", "set_config", "pg_notify", "pg_is_in_recovery", "current_query"}, name)
}
