WITH RECURSIVE declared (name, channel, columns) AS (
  VALUES
    {{tables}}
), family AS ( -- each table and all that inherit from it, as partitions do: a statement fires the triggers of the table that it names
  SELECT name, channel, columns, to_regclass(name)::oid AS root, to_regclass(name)::oid AS relid, 0 AS depth FROM declared
  UNION ALL
  SELECT f.name, f.channel, f.columns, f.root, i.inhrelid, f.depth + 1 FROM family f JOIN pg_inherits i ON i.inhparent = f.relid
), nearest AS ( -- where a table is declared and its parent too, its own declaration counts
  SELECT DISTINCT ON (f.relid, CASE WHEN f.relid IS NULL THEN f.name END) f.*, c.relkind, c.relpersistence, c.relispartition,
    quote_ident(s.nspname) || '.' || quote_ident(c.relname) AS relation, r.relnamespace, rs.nspname AS root_schema, r.relname AS root_name,
    CASE WHEN octet_length(r.relname) <= 54 THEN 'htmxlive_' || r.relname ELSE 'htmxlive_' || md5(r.relname) END AS function,
    'htmxlive_replica_' || left(md5(rs.nspname || '.' || r.relname), 8) AS replica
  FROM family f LEFT JOIN pg_class c ON c.oid = f.relid LEFT JOIN pg_namespace s ON s.oid = c.relnamespace
  LEFT JOIN pg_class r ON r.oid = f.root LEFT JOIN pg_namespace rs ON rs.oid = r.relnamespace
  ORDER BY f.relid, CASE WHEN f.relid IS NULL THEN f.name END, f.depth
), types AS ( -- what a domain is made of
  SELECT oid AS type, oid AS base FROM pg_type WHERE typtype <> 'd'
  UNION ALL
  SELECT d.oid, b.base FROM pg_type d JOIN types b ON b.type = d.typbasetype WHERE d.typtype = 'd'
), columns AS ( -- and how each is told: equal values of these types have equal texts, but for case and zeros
  SELECT n.root, a.attname, format('r.%I', a.attname) AS ref, to_json(lower(a.attname))::text || ':' AS label,
    coalesce(i.indisprimary, false) AS is_key, array_position(n.columns, a.attname::text) AS place,
    CASE
      WHEN NOT coalesce(l.collisdeterministic, true) OR a.attgenerated = 'v' THEN NULL
      WHEN count(*) OVER (PARTITION BY n.root, lower(a.attname)) > 1 THEN NULL
      WHEN t.oid::regtype::text IN ('smallint', 'integer', 'bigint', 'boolean', 'uuid') THEN 'short'
      WHEN t.oid::regtype::text = 'numeric' THEN 'number'
      WHEN t.typtype = 'e' OR t.oid::regtype::text IN ('text', 'character varying', 'character', 'name') THEN 'text'
      WHEN t.typname = 'citext' AND lower('I') = 'i' THEN 'ascii'
    END AS told_as
  FROM nearest n JOIN pg_attribute a ON a.attrelid = n.relid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN types y ON y.type = a.atttypid JOIN pg_type t ON t.oid = y.base LEFT JOIN pg_collation l ON l.oid = a.attcollation
  LEFT JOIN pg_index i ON i.indrelid = n.root AND i.indisprimary AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
  WHERE n.depth = 0
), expressions AS (
  SELECT root, attname, ref, is_key, place, told_as,
    format(CASE told_as
      WHEN 'short' THEN 'coalesce(%2$L || %1$s::text || ''",'', %3$L)'
      WHEN 'number' THEN 'CASE WHEN %1$s IS NULL THEN %3$L WHEN pg_catalog.octet_length(%1$s::text) <= 64 THEN %2$L || pg_catalog.trim_scale(%1$s)::text || ''",'' ELSE '''' END'
      WHEN 'text' THEN 'CASE WHEN %1$s IS NULL THEN %3$L WHEN pg_catalog.octet_length(%1$s::text) <= 64 THEN %4$L || pg_catalog.to_json(%1$s::text)::text || '','' ELSE '''' END'
      WHEN 'ascii' THEN 'CASE WHEN %1$s IS NULL THEN %3$L WHEN pg_catalog.octet_length(%1$s::text) <= 64 AND pg_catalog.octet_length(%1$s::text) = pg_catalog.char_length(%1$s::text) THEN %4$L || pg_catalog.to_json(%1$s::text)::text || '','' ELSE '''' END'
    END, ref, label || '"', label || 'null,', label) AS value,
    format(CASE told_as WHEN 'short' THEN '''"'' || %1$s::text || ''"'''
      ELSE 'CASE WHEN pg_catalog.octet_length(%1$s::text) <= 64 THEN pg_catalog.to_json(%1$s::text)::text END' END, ref) AS key
  FROM columns
), told AS ( -- of each declared table
  SELECT root,
    coalesce(max(attname) FILTER (WHERE is_key AND told_as IS NOT NULL), '') AS key_column,
    coalesce(max(key) FILTER (WHERE is_key AND told_as IS NOT NULL), 'NULL::text') AS key,
    coalesce(array_agg(attname::text ORDER BY place) FILTER (WHERE place > 0 AND told_as IS NOT NULL AND NOT is_key), '{}') AS columns,
    string_agg(attname, ', ' ORDER BY place) FILTER (WHERE place > 0 AND told_as IS NULL) AS left_out,
    string_agg(value, ' || ' ORDER BY is_key DESC, place) FILTER (WHERE told_as IS NOT NULL AND (is_key OR place > 0)) AS values,
    string_agg(value, ' || ' ORDER BY place) FILTER (WHERE told_as IS NOT NULL AND place > 0 AND NOT is_key) AS declared_values,
    string_agg(ref, ', ' ORDER BY place) FILTER (WHERE told_as IS NOT NULL AND place > 0 AND NOT is_key) AS declared
  FROM expressions GROUP BY root
), body AS (
  SELECT t.root, key_column, t.columns, left_out,
    replace(replace(replace(replace(replace(replace(replace(replace(replace($function${{function}}$function$,
      '{{key}}', key),
      '{{values}}', CASE WHEN values IS NULL THEN '''''' ELSE 'pg_catalog.rtrim(' || values || ', '','')' END),
      '{{most}}', CASE WHEN values IS NULL THEN '0' ELSE '100' END), -- nothing is told of a row: then nothing of many
      '{{declared values}}', CASE WHEN declared_values IS NULL THEN '''''' ELSE 'pg_catalog.rtrim(' || declared_values || ', '','')' END),
      '{{declared}}', coalesce(declared, '1')),
      '{{name}}', quote_literal(n.root_name)), '{{schema}}', quote_literal(n.root_schema)), '{{database}}', quote_literal(current_database())),
      '{{head}}', quote_literal(format('{"v":1,"from":"","topics":[%1$s,%2$s],"changes":[{"t":%1$s,"n":%3$s,',
        to_json(replace('postgres:' || current_database() || '/' || n.root_schema || '.' || n.root_name, '?', '%3F')),
        to_json(replace('postgres:' || current_database() || '/*', '?', '%3F')),
        to_json(lower(CASE n.root_schema WHEN 'public' THEN '' ELSE n.root_schema || '.' END || n.root_name))))) AS source
  FROM told t JOIN nearest n ON n.relid = t.root
), wanted AS ( -- a trigger of a table
  SELECT n.relid, b.source, n.relnamespace, n.function, t.*, ARRAY[n.channel, b.key_column] || b.columns AS arguments,
    (SELECT string_agg(convert_to(a, 'UTF8') || decode('00', 'hex'), '' ORDER BY i) FROM unnest(ARRAY[n.channel, b.key_column] || b.columns) WITH ORDINALITY u (a, i)) AS tgargs,
    -- A row trigger of a partitioned table is one of its partitions too, which may not be made or replaced there.
    NOT (t.tgtype = 29 AND n.relispartition AND n.depth > 0) AS own
  FROM nearest n JOIN body b ON b.root = n.root, LATERAL (VALUES
    ('htmxlive_insert', 4, 'O', 'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT'),
    ('htmxlive_update', 16, 'O', 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT'),
    ('htmxlive_delete', 8, 'O', 'AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT'),
    ('htmxlive_truncate', 32, 'A', 'AFTER TRUNCATE ON %s FOR EACH STATEMENT'),
    -- Logical replication fires triggers of rows, and none of statements. It tells the table, once in a transaction.
    (n.replica, 29, 'R', 'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW')
  ) t (tgname, tgtype, enabled, event)
), found AS (
  SELECT w.relid, bool_and(g.oid IS NOT NULL) AS current
  FROM wanted w LEFT JOIN pg_proc p ON p.pronamespace = w.relnamespace AND p.proname = w.function AND p.pronargs = 0 AND p.prosrc = w.source
  LEFT JOIN pg_trigger g ON g.tgrelid = w.relid AND g.tgname = w.tgname AND g.tgtype = w.tgtype AND g.tgenabled = w.enabled::"char"
    AND g.tgfoid = p.oid AND g.tgargs = w.tgargs
  GROUP BY w.relid
)
SELECT n.name, n.relation, n.depth, coalesce(f.current, false) AS current, b.left_out,
  CASE
    WHEN octet_length(n.channel) > 63 THEN 'a channel has at most 63 bytes'
    WHEN n.relid IS NULL THEN 'there is no such table'
    WHEN n.relkind = 'f' AND n.depth > 0 THEN format('%s, a foreign table, inherits from it: PostgreSQL would refuse writes to it while there are triggers', n.relation)
    WHEN n.relkind = 'f' THEN 'it is a foreign table: what others write there fires no trigger here'
    WHEN n.relkind IN ('v', 'm') THEN 'it is a view: declare the tables that it reads'
    WHEN n.relkind NOT IN ('r', 'p') THEN 'it is no table'
    WHEN n.relpersistence = 't' THEN 'it is a temporary table, which no other session reads'
    WHEN n.root_schema IN ('pg_catalog', 'information_schema') THEN 'it is a table of the system'
    WHEN current_setting('server_encoding') <> 'UTF8' THEN 'the encoding of the database has to be UTF8'
    WHEN n.depth = 0 THEN (SELECT format('it has no column %s', u) FROM unnest(n.columns) u
      WHERE NOT EXISTS (SELECT FROM columns c WHERE c.root = n.root AND c.attname = u) LIMIT 1)
  END AS refused,
  CASE WHEN n.depth = 0 AND n.relid IS NOT NULL THEN format('CREATE OR REPLACE FUNCTION %I.%I() RETURNS trigger LANGUAGE plpgsql AS %L; ', n.root_schema, n.function, b.source) ELSE '' END
    || (SELECT string_agg(
        CASE WHEN w.own THEN format('CREATE OR REPLACE TRIGGER %I ' || w.event || ' EXECUTE FUNCTION %I.%I(%s); ', w.tgname, n.relation, n.root_schema, n.function,
          (SELECT string_agg(quote_literal(a), ', ' ORDER BY i) FROM unnest(w.arguments) WITH ORDINALITY u (a, i))) ELSE '' END
        || CASE w.enabled WHEN 'A' THEN format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I; ', n.relation, w.tgname)
          WHEN 'R' THEN format('ALTER TABLE %s ENABLE REPLICA TRIGGER %I; ', n.relation, w.tgname) ELSE '' END, '')
      FROM wanted w WHERE w.relid = n.relid) AS cure
FROM nearest n LEFT JOIN body b ON b.root = n.root LEFT JOIN found f ON f.relid = n.relid
ORDER BY n.depth, n.relation
