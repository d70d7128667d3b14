
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
  several  bool := false;
  inherits bool;
  tables   text[]; -- the table, and those that it inherits from
  topic    text;   -- of a table, as JSON
  begins   text;   -- a change of the table
  payload  text;
  first    int;
  size     int;
BEGIN
  BEGIN
    IF TG_LEVEL = 'ROW' OR TG_OP = 'TRUNCATE' THEN
      changes := '{}';
      inherits := EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = TG_RELID);
    ELSIF TG_OP = 'INSERT' THEN
      SELECT ARRAY['"k":' || coalesce({{key}}, '""') || ',"w":{' || {{values}} || '}'],
        EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = TG_RELID)
      INTO changes, inherits FROM new_rows r WHERE NOT EXISTS (SELECT FROM new_rows OFFSET 1) LIMIT 1;
      IF changes IS NULL THEN
        several := EXISTS (SELECT FROM new_rows);
      END IF;
      IF several THEN
        SELECT pg_catalog.array_agg('"k":' || coalesce({{key}}, '""') || ',"w":{' || {{values}} || '}') INTO changes
        FROM new_rows r WHERE NOT EXISTS (SELECT FROM new_rows OFFSET {{most}});
        IF changes IS NULL AND NOT EXISTS (SELECT FROM new_rows OFFSET 10000) -- looking at more would take too long
            AND (SELECT pg_catalog.count(*) FROM (SELECT DISTINCT {{declared}} FROM (SELECT * FROM new_rows LIMIT 1000) r LIMIT 101) r) <= 100 THEN
          SELECT pg_catalog.array_agg('"k":"","w":{' || {{declared values}} || '}') INTO changes
          FROM (SELECT DISTINCT {{declared}} FROM new_rows r LIMIT 101) r;
        END IF;
      END IF;
    ELSIF TG_OP = 'DELETE' THEN
      SELECT ARRAY['"k":' || coalesce({{key}}, '""') || ',"o":{' || {{values}} || '}'],
        EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = TG_RELID)
      INTO changes, inherits FROM old_rows r WHERE NOT EXISTS (SELECT FROM old_rows OFFSET 1) LIMIT 1;
      IF changes IS NULL THEN
        several := EXISTS (SELECT FROM old_rows);
      END IF;
      IF several THEN
        SELECT pg_catalog.array_agg('"k":' || coalesce({{key}}, '""') || ',"o":{' || {{values}} || '}') INTO changes
        FROM old_rows r WHERE NOT EXISTS (SELECT FROM old_rows OFFSET {{most}});
        IF changes IS NULL AND NOT EXISTS (SELECT FROM old_rows OFFSET 10000) -- looking at more would take too long
            AND (SELECT pg_catalog.count(*) FROM (SELECT DISTINCT {{declared}} FROM (SELECT * FROM old_rows LIMIT 1000) r LIMIT 101) r) <= 100 THEN
          SELECT pg_catalog.array_agg('"k":"","o":{' || {{declared values}} || '}') INTO changes
          FROM (SELECT DISTINCT {{declared}} FROM old_rows r LIMIT 101) r;
        END IF;
      END IF;
    ELSE
      SELECT CASE WHEN coalesce(o.k, '""') = coalesce(n.k, '""')
          THEN ARRAY['"k":' || coalesce(o.k, '""') || ',"o":{' || o.v || '},"w":{' || n.v || '}']
          ELSE ARRAY['"k":' || coalesce(o.k, '""') || ',"o":{' || o.v || '}', '"k":' || coalesce(n.k, '""') || ',"w":{' || n.v || '}'] END,
        EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = TG_RELID)
      INTO changes, inherits
      FROM (SELECT {{key}} AS k, {{values}} AS v FROM old_rows r WHERE NOT EXISTS (SELECT FROM old_rows OFFSET 1) LIMIT 1) o,
        (SELECT {{key}} AS k, {{values}} AS v FROM new_rows r LIMIT 1) n;
      IF changes IS NULL THEN
        several := EXISTS (SELECT FROM old_rows);
      END IF;
      IF several THEN
        SELECT o.k, o.v, n.k, n.v INTO old_keys, olds, new_keys, news
        FROM (SELECT pg_catalog.array_agg({{key}}) AS k, pg_catalog.array_agg({{values}}) AS v
            FROM old_rows r WHERE NOT EXISTS (SELECT FROM old_rows OFFSET {{most}})) o,
          (SELECT pg_catalog.array_agg({{key}}) AS k, pg_catalog.array_agg({{values}}) AS v
            FROM new_rows r WHERE NOT EXISTS (SELECT FROM new_rows OFFSET {{most}})) n;
        IF olds IS NULL AND EXISTS (SELECT FROM old_rows OFFSET 10000)
            OR olds IS NULL AND (SELECT pg_catalog.count(*) FROM (SELECT DISTINCT {{declared}} FROM (SELECT * FROM old_rows LIMIT 1000) r LIMIT 101) r) > 100
            OR olds IS NULL AND (SELECT pg_catalog.count(*) FROM (SELECT DISTINCT {{declared}} FROM (SELECT * FROM new_rows LIMIT 1000) r LIMIT 101) r) > 100 THEN
          changes := '{}'; -- a look at some spares the look at all
        ELSIF olds IS NULL THEN
          SELECT pg_catalog.array_agg(b.c) INTO changes FROM (
            SELECT '"k":"","o":{' || {{declared values}} || '}' AS c FROM (SELECT DISTINCT {{declared}} FROM old_rows r LIMIT 101) r
            UNION ALL SELECT '"k":"","w":{' || {{declared values}} || '}' FROM (SELECT DISTINCT {{declared}} FROM new_rows r LIMIT 101) r) b;
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
    END IF;
    IF several THEN
      changes := coalesce(changes, '{}');
      inherits := EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = TG_RELID);
    ELSIF changes IS NULL AND TG_OP::text OPERATOR(pg_catalog.=) 'UPDATE' THEN
      IF EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = TG_RELID AND c.relkind OPERATOR(pg_catalog.=) 'p'::"char") THEN
        changes := '{}'; -- MERGE moves rows between partitions and shows them to no trigger
        inherits := true;
      END IF;
    END IF;
  EXCEPTION WHEN OTHERS THEN -- a column was dropped, or memory is short
    changes := '{}';
    inherits := true;
  END;
  IF changes IS NULL THEN
    RETURN NULL;
  END IF;

  -- One row, as nearly always, in few steps: what there is to say of the table is known while nothing is called otherwise.
  IF pg_catalog.cardinality(changes) = 1 AND NOT inherits AND TG_TABLE_NAME::text = {{name}} AND TG_TABLE_SCHEMA::text = {{schema}}
      AND pg_catalog.current_database()::text = {{database}} AND pg_catalog.has_function_privilege(3036::oid, 'EXECUTE') THEN
    payload := {{head}} || changes[1] || '}]}';
    IF pg_catalog.octet_length(payload) <= 7900 THEN
      payload := pg_catalog.pg_notify(TG_ARGV[0], payload);
      RETURN NULL;
    END IF;
  END IF;

  IF inherits THEN
    WITH RECURSIVE family AS (
      SELECT TG_RELID AS relid
      UNION SELECT i.inhparent FROM family f JOIN pg_catalog.pg_inherits i ON i.inhrelid = f.relid)
    SELECT pg_catalog.array_agg(s.nspname::text || '.' || c.relname::text) INTO tables
    FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.relid JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace;
  ELSE
    tables := ARRAY[TG_TABLE_SCHEMA::text || '.' || TG_TABLE_NAME::text];
  END IF;
  FOR i IN 1 .. pg_catalog.cardinality(tables) LOOP
    topic := pg_catalog.to_json(pg_catalog.replace('postgres:' || pg_catalog.current_database()::text || '/' || tables[i], '?', '%3F'))::text;
    begins := '{"t":' || topic || ',"n":' || pg_catalog.to_json(pg_catalog.lower(
      CASE WHEN pg_catalog.starts_with(tables[i], 'public.') THEN pg_catalog.substr(tables[i], 8) ELSE tables[i] END))::text || ',';
    first := 1;
    size := CASE WHEN pg_catalog.cardinality(changes) > 100 THEN 0 ELSE pg_catalog.cardinality(changes) END;
    LOOP -- as many changes as fit into a notification, which has less than 8,000 bytes
      payload := '{"v":1,"from":"","topics":[' || topic || ',' || pg_catalog.to_json(pg_catalog.replace('postgres:' || pg_catalog.current_database()::text || '/*', '?', '%3F'))::text || ']'
        || CASE WHEN size > 0 THEN ',"changes":[' || begins || pg_catalog.array_to_string(changes[first : first + size - 1], '},' || begins) || '}]}' ELSE '}' END;
      IF pg_catalog.octet_length(payload) > 7900 THEN
        size := size * 7500 / pg_catalog.octet_length(payload);
        CONTINUE;
      END IF;
      IF pg_catalog.has_function_privilege(3036::oid, 'EXECUTE') THEN -- pg_notify
        payload := pg_catalog.pg_notify(TG_ARGV[0], payload);
      ELSE -- it was taken from everybody; the command needs no right
        EXECUTE pg_catalog.format('NOTIFY %I, %L', TG_ARGV[0], payload);
      END IF;
      first := first + size;
      EXIT WHEN size = 0 OR first > pg_catalog.cardinality(changes);
    END LOOP;
  END LOOP;
  RETURN NULL;
END
