-- project: view_cte
CREATE TABLE "User" (id int primary key, "name" text, "createdAt" timestamp);
CREATE TABLE post (id int primary key, user_id int references "User"(id), title text);
-- next migration
CREATE VIEW v AS WITH recent AS (SELECT id, user_id AS uid FROM post WHERE title <> '') SELECT u.id, u."name", r.uid, count(*) AS n FROM "User" u JOIN recent r ON r.uid = u.id GROUP BY u.id, u."name", r.uid;
-- next migration
CREATE OR REPLACE VIEW v AS WITH recent AS (SELECT id, user_id AS uid FROM post) SELECT u.id, u."name", r.uid, count(*) AS n, now() AS at FROM "User" u JOIN recent r ON r.uid = u.id GROUP BY u.id, u."name", r.uid;
ALTER TABLE post ADD COLUMN body text;

-- project: view_lateral
CREATE TABLE a(id int primary key, x jsonb);
CREATE TABLE b(id int, a_id int, ts timestamptz);
-- next migration
CREATE VIEW v AS SELECT a.id, e.value->>'k' AS k, l.ts FROM a CROSS JOIN LATERAL jsonb_array_elements(a.x) AS e(value) LEFT JOIN LATERAL (SELECT b.ts FROM b WHERE b.a_id = a.id ORDER BY ts DESC LIMIT 1) l ON true;
-- next migration
ALTER TABLE b DROP COLUMN id;
ALTER TABLE b ALTER COLUMN a_id SET NOT NULL;

-- project: view_drop_recreate
CREATE TABLE t(id int primary key, n int, old text);
CREATE VIEW v AS SELECT id, n FROM t;
-- next migration
ALTER TABLE t DROP COLUMN old;
-- next migration
DROP VIEW IF EXISTS v;
ALTER TABLE t ALTER COLUMN n TYPE bigint;
CREATE VIEW v AS SELECT id, n FROM t;

-- project: view_star
CREATE TABLE t(id int primary key, n int);
CREATE VIEW v AS SELECT * FROM t;
-- next migration
ALTER TABLE t ADD COLUMN z int;
-- next migration
ALTER TABLE t DROP COLUMN z;
-- next migration
ALTER TABLE t RENAME COLUMN n TO m;
-- next migration
ALTER TABLE t RENAME TO tt;
ALTER TABLE tt ADD COLUMN n int;
ALTER TABLE tt DROP COLUMN n;

-- project: matview
CREATE TABLE t(id int primary key, n int);
-- next migration
CREATE MATERIALIZED VIEW mv AS SELECT n, count(*) c FROM t GROUP BY n WITH NO DATA;
CREATE UNIQUE INDEX mv_n ON mv(n);
-- next migration
REFRESH MATERIALIZED VIEW mv;
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
-- next migration
DROP MATERIALIZED VIEW mv;
DROP TABLE t;

-- project: view_of_view
CREATE TABLE t(id int, n int);
CREATE VIEW a AS SELECT id FROM t;
CREATE VIEW b AS SELECT id FROM a;
-- next migration
DROP VIEW a CASCADE;
CREATE VIEW a AS SELECT n FROM t;
DROP VIEW IF EXISTS b;
CREATE VIEW b AS SELECT n FROM a;
-- next migration
DROP TABLE t CASCADE;
CREATE TABLE t(id int);
CREATE VIEW a AS SELECT id FROM t;

-- project: view_union_sub
CREATE TABLE t(id int, n int);
CREATE TABLE u(id int, m int);
-- next migration
CREATE VIEW v (i, k) AS (SELECT id, n FROM t UNION ALL SELECT id, m FROM u) ORDER BY 1;
CREATE VIEW w AS SELECT (SELECT max(m) FROM u WHERE u.id = t.id) AS mm, EXISTS (SELECT 1 FROM u x WHERE x.m = t.n) e FROM t;
-- next migration
ALTER TABLE u ADD COLUMN q int;

-- project: view_window_case
CREATE TABLE "Order"("orderId" int primary key, "total" numeric, status text);
-- next migration
CREATE VIEW "OrderStats" AS SELECT o."orderId", rank() OVER (PARTITION BY o.status ORDER BY o.total DESC) AS r, CASE WHEN o.status = 'paid' THEN 1 ELSE 0 END AS paid, extract(year from now()) AS y, (o).status AS s2, o FROM "Order" AS o;

-- project: view_func_table
CREATE FUNCTION f(i int) RETURNS TABLE(x int, y text) LANGUAGE sql AS $$ SELECT i, 'a'::text $$;
CREATE VIEW v AS SELECT f.x, f.y FROM f(1) JOIN generate_series(1,3) g ON g = f.x JOIN unnest(ARRAY[1,2]) WITH ORDINALITY AS q(a, ord) ON q.a = g JOIN pg_catalog.pg_class c ON true JOIN information_schema.tables it ON it.table_name = c.relname JOIN (VALUES (1,'x')) AS vals(n, l) ON vals.n = g;
-- next migration
DROP VIEW v;
DROP FUNCTION f(int);

-- project: view_quoted_schema
CREATE SCHEMA auth;
CREATE TABLE auth.users(id uuid primary key, email text);
-- next migration
CREATE TABLE profile(id uuid primary key references auth.users(id) on delete cascade);
CREATE VIEW public.v AS SELECT auth.users.email, profile.id FROM auth.users, public.profile WHERE profile.id = auth.users.id;
-- next migration
ALTER TABLE auth.users ADD COLUMN z int;
ALTER TABLE auth.users DROP COLUMN z;

-- project: recursive
CREATE TABLE c(id int primary key, parent int);
-- next migration
CREATE RECURSIVE VIEW tree(id, depth) AS SELECT id, 0 FROM c WHERE parent IS NULL UNION ALL SELECT c.id, tree.depth + 1 FROM c JOIN tree ON c.parent = tree.id;
-- next migration
CREATE VIEW tree2 AS WITH RECURSIVE r AS (SELECT id, parent FROM c UNION ALL SELECT c.id, c.parent FROM c, r WHERE c.parent = r.id) SELECT r.id, r.parent FROM r;

-- project: trigger_updated
CREATE TABLE t(id int, updated_at timestamptz);
-- next migration
CREATE OR REPLACE FUNCTION set_updated() RETURNS trigger AS $fn$ BEGIN NEW.updated_at := now(); INSERT INTO later_table VALUES (1); RETURN NEW; END; $fn$ LANGUAGE plpgsql;
CREATE TRIGGER t_upd BEFORE UPDATE ON t FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated();
-- next migration
CREATE TABLE later_table(i int);
-- next migration
DROP TRIGGER IF EXISTS t_upd ON t;
DROP FUNCTION IF EXISTS set_updated();
CREATE FUNCTION public.set_updated() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$;
CREATE TRIGGER t_upd BEFORE UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE public.set_updated();
-- next migration
DROP TABLE t;
DROP FUNCTION set_updated;

-- project: trigger_cascade
CREATE TABLE t(id int);
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$;
CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION g();
-- next migration
DROP FUNCTION g() CASCADE;
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$;
-- next migration
DROP FUNCTION g;

-- project: builtin_trigger
CREATE TABLE d(id int, t text, tsv tsvector);
-- next migration
CREATE TRIGGER tsvu BEFORE INSERT OR UPDATE ON d FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(tsv, 'pg_catalog.english', t);
CREATE TRIGGER sup BEFORE UPDATE ON d FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();

-- project: gen_tsv
CREATE TABLE d(id int, t text, tsv tsvector GENERATED ALWAYS AS (to_tsvector('english', coalesce(t, ''))) STORED);
CREATE INDEX ON d USING gin(tsv);
-- next migration
ALTER TABLE d DROP COLUMN tsv;
ALTER TABLE d DROP COLUMN t;

-- project: ext
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION citext;
-- next migration
CREATE TABLE x(id uuid DEFAULT uuid_generate_v4(), b uuid DEFAULT gen_random_uuid(), h text DEFAULT encode(digest('a','sha256'),'hex'), e citext);
CREATE INDEX ON x USING gin(h gin_trgm_ops);
CREATE INDEX i2 ON x (similarity(h, 'a'));
-- next migration
DROP INDEX i2;
ALTER TABLE x ALTER b DROP DEFAULT;

-- project: ext_schema
CREATE SCHEMA extensions;
CREATE EXTENSION "uuid-ossp" WITH SCHEMA extensions;
CREATE EXTENSION pgcrypto SCHEMA extensions;
-- next migration
CREATE TABLE x(id uuid DEFAULT extensions.uuid_generate_v4(), c text DEFAULT extensions.crypt('a', extensions.gen_salt('bf')));

-- project: own_fn_named_digest
CREATE FUNCTION digest(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT a $$;
CREATE TABLE x(id text DEFAULT digest('a','b'));
CREATE INDEX ON x (digest(id,'q'));

-- project: nanoid
CREATE OR REPLACE FUNCTION nanoid(size int DEFAULT 21) RETURNS text LANGUAGE plpgsql volatile AS $$ DECLARE i int; BEGIN RETURN md5(random()::text); END $$;
CREATE TABLE n(id text PRIMARY KEY DEFAULT nanoid(), c text DEFAULT public.nanoid(3));
-- next migration
ALTER TABLE n ALTER COLUMN id DROP DEFAULT, ALTER COLUMN c DROP DEFAULT;
DROP FUNCTION nanoid(int);

-- project: fn_check
CREATE FUNCTION okay(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE TABLE n(id text CHECK (okay(id)));
-- next migration
ALTER TABLE n DROP CONSTRAINT n_id_check;
DROP FUNCTION okay(text);

-- project: fn_replace_body
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
-- next migration
CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
DROP FUNCTION f;
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'a' $$;
-- next migration
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
DROP FUNCTION f();
DROP FUNCTION f;

-- project: enum_swap
CREATE TYPE "Role" AS ENUM ('A','B');
CREATE TABLE u(id int, role "Role" NOT NULL DEFAULT 'A');
CREATE VIEW other AS SELECT id FROM u;
-- next migration
BEGIN;
CREATE TYPE "Role_new" AS ENUM ('A','C');
ALTER TABLE "u" ALTER COLUMN "role" DROP DEFAULT;
ALTER TABLE "u" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "Role_old";
ALTER TABLE "u" ALTER COLUMN "role" SET DEFAULT 'A';
COMMIT;
-- next migration
ALTER TYPE "Role" ADD VALUE 'D';
ALTER TYPE "Role" RENAME VALUE 'C' TO 'E';

-- project: swap_columns
CREATE TABLE t(a int, b text);
-- next migration
ALTER TABLE t RENAME a TO tmp;
ALTER TABLE t RENAME b TO a;
ALTER TABLE t RENAME tmp TO b;
-- next migration
CREATE TABLE t2 (LIKE t INCLUDING ALL);
ALTER TABLE t RENAME TO t_old;
ALTER TABLE t2 RENAME TO t;
DROP TABLE t_old;
ALTER TABLE t ADD COLUMN c int;

-- project: pk_rename
CREATE TABLE "a" (id int, CONSTRAINT "a_pkey" PRIMARY KEY (id));
-- next migration
ALTER TABLE a RENAME TO b;
ALTER TABLE b RENAME CONSTRAINT a_pkey TO b_pkey;
CREATE TABLE a (id int, CONSTRAINT a_pkey PRIMARY KEY (id));
ALTER INDEX b_pkey RENAME TO bb;
ALTER TABLE b DROP CONSTRAINT bb;

-- project: partition
CREATE TABLE ev(id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE ev_d PARTITION OF ev DEFAULT;
CREATE INDEX ev_at ON ev(at);
-- next migration
ALTER TABLE ev DETACH PARTITION ev_1;
ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE ev ADD COLUMN z int;
DROP TABLE ev_d;
-- next migration
ALTER TABLE ev_1 RENAME TO ev_2024;
CREATE VIEW vv AS SELECT z FROM ev_2024;

-- project: inherit
CREATE TABLE p(id int, x text);
CREATE TABLE c(y int) INHERITS (p);
CREATE VIEW v AS SELECT c.x, c.y FROM c;

-- project: seq
CREATE SEQUENCE s;
CREATE TABLE t(id bigint NOT NULL DEFAULT nextval('s'), n int GENERATED BY DEFAULT AS IDENTITY);
ALTER SEQUENCE s OWNED BY t.id;
-- next migration
ALTER TABLE t ALTER id DROP DEFAULT;
DROP SEQUENCE s;
ALTER TABLE t ALTER n DROP IDENTITY;
ALTER TABLE t ALTER id TYPE text USING id::text;

-- project: rls
CREATE TABLE t(id int, owner text);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (owner = current_setting('app.user', true));
CREATE POLICY q ON t FOR INSERT WITH CHECK (owner IS NOT NULL);
-- next migration
DROP POLICY p ON t;
CREATE POLICY p ON t FOR ALL TO public USING (true);
DROP POLICY IF EXISTS zz ON t;
ALTER TABLE t DROP COLUMN id;
-- next migration
DROP POLICY p ON t;
DROP POLICY q ON t;
ALTER TABLE t DROP COLUMN owner;

-- project: do_blocks
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname='mood') THEN CREATE TYPE mood AS ENUM ('a'); END IF; END $$;
CREATE TABLE t(m mood);
-- next migration
DO $$ BEGIN ALTER TABLE t ADD COLUMN z int; EXCEPTION WHEN duplicate_column THEN NULL; END $$;
ALTER TABLE t DROP COLUMN z;
-- next migration
DO $do$ DECLARE r record; BEGIN FOR r IN SELECT 1 LOOP EXECUTE format('CREATE TABLE IF NOT EXISTS %I (id int)', 'dyn'); END LOOP; END $do$;
ALTER TABLE dyn ADD COLUMN q int;
CREATE VIEW vd AS SELECT dyn.q FROM dyn;

-- project: multi_alter
CREATE TABLE t(a int, b int, c int);
-- next migration
ALTER TABLE t ADD COLUMN d int, DROP COLUMN a, ADD CONSTRAINT pk PRIMARY KEY (b), ALTER COLUMN c TYPE text USING c::text, ALTER c SET DEFAULT 'x', ADD UNIQUE (d, c);
-- next migration
ALTER TABLE ONLY t DROP CONSTRAINT pk;
ALTER TABLE IF EXISTS nope ADD COLUMN x int;
ALTER TABLE t DROP COLUMN IF EXISTS nope, ADD COLUMN IF NOT EXISTS d int;
DROP INDEX IF EXISTS nope;
DROP TABLE IF EXISTS a1, t;

-- project: case_fold
CREATE TABLE Users (Id int PRIMARY KEY, userName text);
-- next migration
ALTER TABLE users RENAME COLUMN USERNAME TO "userName";
CREATE INDEX Users_IDX ON USERS ("userName");
DROP INDEX users_idx;
CREATE VIEW V AS SELECT U.ID, U."userName" FROM Users U;

-- project: types
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE TYPE addr AS (street text, zip text);
CREATE TABLE t(e email, a addr, m money, r int4range, i inet, p point, x xml, b bit(3), c "char", n name, o oid, v varchar[], tz timetz, iv interval(3), l int[][]);
-- next migration
CREATE VIEW v AS SELECT (t.a).street FROM t;
ALTER TABLE t ALTER e TYPE text;
ALTER DOMAIN email RENAME TO mail;
DROP DOMAIN mail;

-- project: fk_notvalid
CREATE TABLE a(id int primary key);
CREATE TABLE b(a_id int);
-- next migration
ALTER TABLE b ADD CONSTRAINT fk FOREIGN KEY (a_id) REFERENCES a(id) NOT VALID;
ALTER TABLE b VALIDATE CONSTRAINT fk;
-- next migration
ALTER TABLE b DROP CONSTRAINT fk, ADD CONSTRAINT fk FOREIGN KEY (a_id) REFERENCES a ON DELETE CASCADE;
-- next migration
DROP TABLE a CASCADE;
ALTER TABLE b DROP COLUMN a_id;

-- project: uniq_using
CREATE TABLE a(id int, k int NOT NULL);
-- next migration
CREATE UNIQUE INDEX CONCURRENTLY ux ON a(k);
-- next migration
ALTER TABLE a ADD CONSTRAINT a_k UNIQUE USING INDEX ux;
-- next migration
ALTER TABLE a DROP CONSTRAINT a_k;
CREATE UNIQUE INDEX pki ON a(id);
ALTER TABLE a ADD PRIMARY KEY USING INDEX pki;

-- project: cte_dml
CREATE TABLE a(id int, k int);
CREATE TABLE b(id int);
-- next migration
WITH moved AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT id FROM moved;
UPDATE a SET k = b.id FROM b WHERE a.id = b.id;
INSERT INTO a(id,k) VALUES (1,2) ON CONFLICT DO NOTHING;
DELETE FROM a USING b WHERE a.id=b.id;
MERGE INTO a USING b ON a.id=b.id WHEN MATCHED THEN UPDATE SET k=1 WHEN NOT MATCHED THEN INSERT (id) VALUES (b.id);
TRUNCATE a, b RESTART IDENTITY;

-- project: setschema
CREATE SCHEMA app;
CREATE TABLE t(id int, e text);
CREATE TYPE en AS ENUM ('a');
CREATE VIEW v AS SELECT t.e FROM t;
CREATE FUNCTION ff() RETURNS int LANGUAGE sql AS 'select 1';
-- next migration
ALTER TABLE t SET SCHEMA app;
ALTER TYPE en SET SCHEMA app;
ALTER VIEW v SET SCHEMA app;
ALTER FUNCTION ff() SET SCHEMA app;
ALTER TABLE app.t ADD COLUMN x app.en;
-- next migration
DROP VIEW app.v;
ALTER TABLE app.t DROP COLUMN e;
DROP FUNCTION app.ff();
DROP TABLE app.t;
DROP TYPE app.en;
DROP SCHEMA app;

-- project: sp
CREATE SCHEMA app;
SET search_path TO app, public;
CREATE TABLE t(id int);
CREATE VIEW v AS SELECT t.id FROM t;
SET search_path TO public;
CREATE VIEW w AS SELECT id FROM app.v;
-- next migration
SELECT set_config('search_path', 'app', false);
ALTER TABLE t ADD COLUMN q int;
SELECT set_config('search_path', 'public', false);

-- project: temp
CREATE TEMP TABLE tmp AS SELECT 1 AS x;
CREATE TABLE t(id int);
INSERT INTO t SELECT x FROM tmp;
DROP TABLE tmp;
-- next migration
CREATE TABLE ctas AS SELECT id, 1 AS one FROM t;
ALTER TABLE ctas ADD PRIMARY KEY (id);
CREATE VIEW cv AS SELECT ctas.one FROM ctas;
SELECT id INTO sel FROM t;
CREATE INDEX ON sel(id);

-- project: view_on_ctas
CREATE TABLE t(id int, n text);
-- next migration
CREATE TABLE t2 AS TABLE t;
CREATE VIEW v AS SELECT t2.n FROM t2;
DROP VIEW v;
ALTER TABLE t2 DROP COLUMN n;

-- project: rule_event
CREATE TABLE t(id int);
CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS $$begin end$$;
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION et();
-- next migration
DROP EVENT TRIGGER e;
DROP FUNCTION et();
CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;
DROP RULE r ON t;
COMMENT ON TABLE t IS 'x';
GRANT SELECT ON t TO public;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO public;
REVOKE ALL ON t FROM public;
LOCK TABLE t;
ANALYZE t;
CREATE STATISTICS st ON id, (id+1) FROM t;
DROP STATISTICS st;

-- project: agg_op
CREATE FUNCTION addi(int,int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1+$2';
CREATE AGGREGATE sumi(int) (SFUNC=addi, STYPE=int, INITCOND='0');
CREATE CAST (text AS int4) WITH INOUT AS ASSIGNMENT;
CREATE TABLE t(n int);
-- next migration
CREATE VIEW v AS SELECT sumi(n) s FROM t;
DROP VIEW v;
DROP AGGREGATE sumi(int);
DROP FUNCTION addi(int,int);
DROP CAST (text AS int4);

-- project: proc
CREATE TABLE t(id int);
CREATE PROCEDURE p(a int) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (a); END $$;
CALL p(3);
-- next migration
DROP PROCEDURE p;
CREATE FUNCTION atomic_f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT id FROM t; SELECT 1; END;
SELECT atomic_f();
-- next migration
DROP FUNCTION atomic_f;
DROP TABLE t;

-- project: rowtype
CREATE TABLE t(id int, n text);
CREATE FUNCTION full_n(t) RETURNS text LANGUAGE sql AS $$ SELECT $1.n $$;
CREATE VIEW v AS SELECT t.full_n, t.id FROM t;
-- next migration
CREATE VIEW v2 AS SELECT x.full_n FROM t AS x;

-- project: sysc
CREATE TABLE t(id int);
CREATE VIEW v AS SELECT t.ctid, t.xmin, t.tableoid::regclass, t.* FROM t;
CREATE VIEW v3 AS SELECT t FROM t;
CREATE VIEW v4 AS SELECT count(t.*) FROM t;

-- project: joinusing
CREATE TABLE a(id int, x int);
CREATE TABLE b(id int, y int);
-- next migration
CREATE VIEW v AS SELECT id, a.x, b.y FROM a JOIN b USING (id);
CREATE VIEW v2 AS SELECT j.id FROM (a NATURAL JOIN b) AS j;
CREATE VIEW v3 AS SELECT j.id, a.x FROM a JOIN b USING (id) AS j;
CREATE VIEW v4 AS SELECT k.y, k.q FROM (SELECT a.x AS y, 1 AS q FROM a) k;
CREATE VIEW v5 AS SELECT a.z FROM b AS a(z, zz);

-- project: rename_in_view
CREATE TABLE a(id int, x int);
CREATE VIEW v AS SELECT a.x FROM a;
-- next migration
ALTER TABLE a RENAME x TO y;
ALTER TABLE a ADD x int;
ALTER TABLE a DROP x;
ALTER VIEW v RENAME COLUMN x TO yy;
CREATE VIEW w AS SELECT v.yy FROM v;
-- next migration
ALTER VIEW v RENAME TO vv;
DROP VIEW w;
DROP VIEW vv;
ALTER TABLE a DROP COLUMN y;

-- project: drop_dep_order
CREATE TYPE e AS ENUM ('x');
CREATE TABLE a(id int primary key, s e);
CREATE TABLE b(id int references a);
CREATE VIEW v AS SELECT s FROM a;
-- next migration
DROP VIEW v;
DROP TABLE a, b;
DROP TYPE e;

-- project: create_or_replace_trig
CREATE TABLE t(id int);
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$;
CREATE OR REPLACE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();
ALTER TRIGGER tr ON t RENAME TO tr2;
ALTER TABLE t DISABLE TRIGGER tr2;
DROP TRIGGER tr2 ON t;
DROP FUNCTION g();

-- project: trig_on_view
CREATE TABLE t(id int);
CREATE VIEW v AS SELECT id FROM t;
CREATE FUNCTION iv() RETURNS trigger LANGUAGE plpgsql AS $$begin return null; end$$;
CREATE TRIGGER iv INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION iv();
-- next migration
DROP VIEW v;
DROP FUNCTION iv;

-- project: pubfn
CREATE SCHEMA util;
CREATE FUNCTION util.gen() RETURNS text LANGUAGE sql AS $$select 'a'$$;
CREATE TABLE t(id text DEFAULT util.gen());
-- next migration
ALTER TABLE t ALTER id SET DEFAULT 'b';
DROP FUNCTION util.gen();
DROP SCHEMA util;

-- project: default_expr_fns
CREATE TABLE t(a text DEFAULT lower('X'), b timestamptz DEFAULT clock_timestamp(), c text DEFAULT md5(random()::text), d text DEFAULT to_char(now(),'YYYY'), e int DEFAULT floor(random()*10)::int, f text DEFAULT concat('a', left('bcd', 2)), g jsonb DEFAULT jsonb_build_object('a',1), h uuid DEFAULT gen_random_uuid(), i text DEFAULT current_user, j date DEFAULT CURRENT_DATE, k text[] DEFAULT ARRAY[]::text[]);

-- project: alter_fn
CREATE FUNCTION a() RETURNS int LANGUAGE sql AS 'select 1';
ALTER FUNCTION a() RENAME TO b;
CREATE TABLE t(x int DEFAULT b());
CREATE FUNCTION z(VARIADIC v int[]) RETURNS int LANGUAGE sql AS 'select 1';
CREATE TABLE q(x int DEFAULT z(1,2,3));

-- project: stmt_in_string
CREATE TABLE t(a text DEFAULT 'uuid_generate_v4() digest(x)', b text CHECK (b <> 'crypt(''x'')'));
INSERT INTO t VALUES ('DROP TABLE x;', $$ ; $$);
