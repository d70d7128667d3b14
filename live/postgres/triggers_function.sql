
-- Written by htmxlive, version 1. It tells what a statement did to the rows, in the transaction: the nodes hear it when that commits.
-- No error of it ends the statement. It works under any search_path: functions are qualified, and operators are given exactly
-- the types that they are made for, so that PostgreSQL's own come first.
#variable_conflict use_column
DECLARE
  changes  text[]; -- of rows, or of distinct values; NULL: no row has changed; empty: only the table is told
  old_keys text[];
  new_keys text[];
  olds     text[];
  news     text[];
  inherits bool;
  topics   text[]; -- of the table, and of what it inherits from, as JSON
  names    text[];
  begins   text;   -- a change
  payload  text;
  first    int;
  size     int;
BEGIN
  BEGIN
    IF TG_LEVEL = 'ROW' OR TG_OP = 'TRUNCATE' THEN
      changes := '{}';
      inherits := EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = TG_RELID);
    ELSIF TG_OP = 'INSERT' THEN
      SELECT pg_catalog.array_agg('"k":' || coalesce(n.k, '""') || ',"w":{' || n.v || '}'),
        EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = TG_RELID)
      INTO changes, inherits
      FROM (SELECT {{key}} AS k, {{values}} AS v FROM new_rows r WHERE NOT EXISTS (SELECT FROM new_rows OFFSET {{most}})) n;
      IF changes IS NULL AND EXISTS (SELECT FROM new_rows) THEN -- too many
        SELECT pg_catalog.array_agg('"k":"","w":{' || n.v || '}') INTO changes
        FROM (SELECT {{declared values}} AS v FROM (SELECT DISTINCT {{declared}} FROM new_rows r LIMIT 101) r) n;
      END IF;
    ELSIF TG_OP = 'DELETE' THEN
      SELECT pg_catalog.array_agg('"k":' || coalesce(o.k, '""') || ',"o":{' || o.v || '}'),
        EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = TG_RELID)
      INTO changes, inherits
      FROM (SELECT {{key}} AS k, {{values}} AS v FROM old_rows r WHERE NOT EXISTS (SELECT FROM old_rows OFFSET {{most}})) o;
      IF changes IS NULL AND EXISTS (SELECT FROM old_rows) THEN -- too many
        SELECT pg_catalog.array_agg('"k":"","o":{' || o.v || '}') INTO changes
        FROM (SELECT {{declared values}} AS v FROM (SELECT DISTINCT {{declared}} FROM old_rows r LIMIT 101) r) o;
      END IF;
    ELSE
      SELECT o.k, o.v, n.k, n.v, EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = TG_RELID)
      INTO old_keys, olds, new_keys, news, inherits
      FROM (SELECT pg_catalog.array_agg(o.k) AS k, pg_catalog.array_agg(o.v) AS v
          FROM (SELECT {{key}} AS k, {{values}} AS v FROM old_rows r WHERE NOT EXISTS (SELECT FROM old_rows OFFSET {{most}})) o) o,
        (SELECT pg_catalog.array_agg(n.k) AS k, pg_catalog.array_agg(n.v) AS v
          FROM (SELECT {{key}} AS k, {{values}} AS v FROM new_rows r WHERE NOT EXISTS (SELECT FROM new_rows OFFSET {{most}})) n) n;
      IF olds IS NULL AND EXISTS (SELECT FROM old_rows) THEN
        SELECT pg_catalog.array_agg(b.c) INTO changes FROM (
          SELECT '"k":"","o":{' || o.v || '}' AS c
          FROM (SELECT {{declared values}} AS v FROM (SELECT DISTINCT {{declared}} FROM old_rows r LIMIT 101) r) o
          UNION ALL SELECT '"k":"","w":{' || n.v || '}'
          FROM (SELECT {{declared values}} AS v FROM (SELECT DISTINCT {{declared}} FROM new_rows r LIMIT 101) r) n) b;
      ELSIF old_keys OPERATOR(pg_catalog.=) new_keys AND pg_catalog.cardinality(olds) = 1 AND old_keys[1] IS NOT NULL THEN
        changes := ARRAY['"k":' || old_keys[1] || ',"o":{' || olds[1] || '},"w":{' || news[1] || '}'];
      ELSIF old_keys OPERATOR(pg_catalog.=) new_keys AND pg_catalog.array_position(old_keys, NULL) IS NULL THEN
        SELECT pg_catalog.array_agg('"k":' || b.k || ',"o":{' || b.o || '},"w":{' || b.n || '}') INTO changes
        FROM ROWS FROM (pg_catalog.unnest(old_keys), pg_catalog.unnest(olds), pg_catalog.unnest(news)) b (k, o, n);
      ELSE -- which row has become which is not known
        SELECT pg_catalog.array_agg(b.c) INTO changes FROM (
          SELECT '"k":' || coalesce(o.k, '""') || ',"o":{' || o.v || '}' AS c
          FROM ROWS FROM (pg_catalog.unnest(old_keys), pg_catalog.unnest(olds)) o (k, v)
          UNION ALL SELECT '"k":' || coalesce(n.k, '""') || ',"w":{' || n.v || '}'
          FROM ROWS FROM (pg_catalog.unnest(new_keys), pg_catalog.unnest(news)) n (k, v)) b;
      END IF;
    END IF;
  EXCEPTION WHEN OTHERS THEN -- a column was dropped, or memory is short
    changes := '{}';
    inherits := true;
  END;
  IF changes IS NULL THEN
    RETURN NULL;
  END IF;

  IF inherits THEN
    WITH RECURSIVE family AS (
      SELECT TG_RELID AS relid
      UNION SELECT i.inhparent FROM family f JOIN pg_catalog.pg_inherits i ON i.inhrelid = f.relid)
    SELECT pg_catalog.array_agg(s.nspname::text || '.' || c.relname::text),
      pg_catalog.array_agg(CASE s.nspname::text WHEN 'public' THEN c.relname::text ELSE s.nspname::text || '.' || c.relname::text END)
    INTO topics, names
    FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.relid JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace;
  ELSE
    topics := ARRAY[TG_TABLE_SCHEMA::text || '.' || TG_TABLE_NAME::text];
    names := ARRAY[CASE TG_TABLE_SCHEMA::text WHEN 'public' THEN TG_TABLE_NAME::text ELSE topics[1] END];
  END IF;
  FOR i IN 1 .. pg_catalog.cardinality(topics) LOOP
    topics[i] := pg_catalog.to_json('postgres:' || pg_catalog.current_database()::text || '/' || topics[i])::text;
    begins := '{"t":' || topics[i] || ',"n":' || pg_catalog.to_json(pg_catalog.lower(names[i]))::text || ',';
    topics[i] := '{"v":1,"from":"","topics":[' || topics[i] || ',' || pg_catalog.to_json('postgres:' || pg_catalog.current_database()::text || '/*')::text || ']';
    first := 1;
    size := CASE WHEN pg_catalog.cardinality(changes) > 100 THEN 0 ELSE pg_catalog.cardinality(changes) END;
    LOOP -- as many changes as fit into a notification, which has less than 8,000 bytes
      payload := topics[i];
      IF size > 0 THEN
        payload := payload || ',"changes":[' || begins || pg_catalog.array_to_string(changes[first : first + size - 1], '},' || begins) || '}]';
      END IF;
      IF pg_catalog.octet_length(payload) < 7900 THEN
        payload := payload || '}';
        IF pg_catalog.has_function_privilege(3036::oid, 'EXECUTE') THEN
          payload := pg_catalog.pg_notify(TG_ARGV[0], payload);
        ELSE -- it was taken from everybody; the command needs no right
          EXECUTE pg_catalog.format('NOTIFY %I, %L', TG_ARGV[0], payload);
        END IF;
        first := first + size;
        EXIT WHEN size = 0 OR first > pg_catalog.cardinality(changes);
      ELSE
        size := size * 7500 / pg_catalog.octet_length(payload);
      END IF;
    END LOOP;
  END LOOP;
  RETURN NULL;
END
