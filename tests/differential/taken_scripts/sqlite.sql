-- project: rebuild
CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL);
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY, "uid" INTEGER NOT NULL, CONSTRAINT "Post_uid_fkey" FOREIGN KEY ("uid") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE);
-- next migration
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL, "name" TEXT);
INSERT INTO "new_User" ("email","id") SELECT "email","id" FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
PRAGMA foreign_key_check;
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- project: view_recreate
CREATE TABLE t(id INTEGER PRIMARY KEY, n TEXT);
CREATE VIEW v AS SELECT id, n FROM t;
-- next migration
DROP VIEW v;
CREATE TABLE new_t(id INTEGER PRIMARY KEY, n TEXT, z TEXT);
INSERT INTO new_t SELECT id, n, NULL FROM t;
DROP TABLE t;
ALTER TABLE new_t RENAME TO t;
CREATE VIEW v AS SELECT id, n, z FROM t;

-- project: view_legacy
CREATE TABLE t(id INTEGER PRIMARY KEY, n TEXT);
CREATE VIEW v AS SELECT id, n FROM t;
-- next migration
PRAGMA legacy_alter_table=ON;
CREATE TABLE new_t(id INTEGER PRIMARY KEY, n TEXT, z TEXT);
DROP TABLE t;
ALTER TABLE new_t RENAME TO t;
PRAGMA legacy_alter_table=OFF;

-- project: view_rename_col
CREATE TABLE t(id INTEGER PRIMARY KEY, n TEXT, m TEXT);
CREATE VIEW v AS SELECT id, n FROM t;
-- next migration
ALTER TABLE t RENAME COLUMN n TO nn;
ALTER TABLE t DROP COLUMN m;
ALTER TABLE t RENAME TO tt;
-- next migration
CREATE VIEW w AS SELECT missing_table.x FROM missing_table;
DROP VIEW w;
ALTER TABLE tt ADD COLUMN y;

-- project: view_alias
CREATE TABLE a(id INTEGER PRIMARY KEY, x);
CREATE TABLE b(id INTEGER, y);
CREATE VIEW v AS WITH c AS (SELECT id, x AS z FROM a) SELECT c.z, b.y, k.q FROM c JOIN b ON b.id=c.id JOIN (SELECT 1 AS q) k LEFT JOIN json_each('[1]') j ON j.value=b.y;
-- next migration
ALTER TABLE a ADD COLUMN w;
ALTER TABLE a DROP COLUMN w;
ALTER TABLE b RENAME COLUMN y TO yy;

-- project: trigger
CREATE TABLE t(id INTEGER PRIMARY KEY, n TEXT, u TEXT);
CREATE TABLE log(x);
CREATE TRIGGER tr AFTER UPDATE OF n ON t FOR EACH ROW WHEN NEW.n <> OLD.n BEGIN INSERT INTO log(x) VALUES (NEW.id); UPDATE t SET u = CASE WHEN 1 THEN 2 ELSE 3 END WHERE id = NEW.id; END;
-- next migration
ALTER TABLE t RENAME TO t2;
ALTER TABLE log ADD COLUMN y;
ALTER TABLE t2 ADD COLUMN z;
ALTER TABLE t2 DROP COLUMN z;
DROP TRIGGER tr;
DROP TABLE log;
ALTER TABLE t2 RENAME TO t3;

-- project: fts
CREATE TABLE doc(id INTEGER PRIMARY KEY, body TEXT);
CREATE VIRTUAL TABLE doc_fts USING fts5(body, content=doc, content_rowid=id);
CREATE TRIGGER ai AFTER INSERT ON doc BEGIN INSERT INTO doc_fts(rowid, body) VALUES (new.id, new.body); END;
-- next migration
ALTER TABLE doc ADD COLUMN title TEXT;
CREATE VIEW s AS SELECT doc.id, doc_fts.body, doc_fts.rank FROM doc_fts JOIN doc ON doc.id = doc_fts.rowid;
-- next migration
DROP VIEW s;
DROP TRIGGER ai;
DROP TABLE doc_fts;
ALTER TABLE doc RENAME TO d;

-- project: strict
CREATE TABLE s(a INTEGER PRIMARY KEY, b TEXT CHECK(length(b) > 1), c ANY, g TEXT GENERATED ALWAYS AS (b || 'x') VIRTUAL) STRICT;
CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
CREATE INDEX ix ON s(lower(b)) WHERE c IS NOT NULL;
CREATE UNIQUE INDEX ux ON w(v COLLATE NOCASE DESC);
-- next migration
ALTER TABLE s ADD COLUMN d TEXT DEFAULT 'x' NOT NULL;
ALTER TABLE s ADD COLUMN e TEXT AS (b) VIRTUAL;
ALTER TABLE s DROP COLUMN e;
ALTER TABLE s DROP COLUMN d;
DROP INDEX ix;
ALTER TABLE s DROP COLUMN c;

-- project: dropcol
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT CHECK (b <> ''), c INT REFERENCES t(id), d TEXT, CHECK (a <> 'a' OR d = 'b'));
-- next migration
ALTER TABLE t DROP COLUMN b;

-- project: dropcol_own_check
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT CHECK (a <> ''), e TEXT DEFAULT 'a', f TEXT);
-- next migration
ALTER TABLE t DROP COLUMN a;
ALTER TABLE t DROP COLUMN e;
CREATE INDEX i ON t(f);
DROP INDEX i;
ALTER TABLE t DROP COLUMN f;

-- project: upsert
CREATE TABLE t(id INTEGER PRIMARY KEY, n);
-- next migration
INSERT OR REPLACE INTO t VALUES (1,2);
INSERT INTO t(id) VALUES (1) ON CONFLICT(id) DO UPDATE SET n=excluded.n;
REPLACE INTO t VALUES (1,2);
UPDATE t SET n = (SELECT count(*) FROM t);
WITH x AS (SELECT 1 AS i) INSERT INTO t(id) SELECT i+5 FROM x;
DELETE FROM t WHERE id IN (SELECT id FROM t);
CREATE TEMP TABLE tt AS SELECT * FROM t;
DROP TABLE tt;
ANALYZE;
REINDEX;

-- project: case
CREATE TABLE Users(Id INTEGER PRIMARY KEY, Name TEXT);
-- next migration
ALTER TABLE users RENAME COLUMN NAME TO FullName;
CREATE INDEX [idx] ON `users`(fullname);
DROP INDEX IDX;
ALTER TABLE USERS RENAME TO 'People';
DROP TABLE IF EXISTS people;
DROP TABLE IF EXISTS nope;
DROP VIEW IF EXISTS nope;
CREATE TABLE IF NOT EXISTS q(a);
CREATE TABLE IF NOT EXISTS q(b);

-- project: redef_fk_view
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE c(id INTEGER PRIMARY KEY, pid INTEGER REFERENCES p(id));
CREATE VIEW other AS SELECT 1 AS one;
-- next migration
PRAGMA foreign_keys=OFF;
CREATE TABLE new_p(id INTEGER PRIMARY KEY, z);
INSERT INTO new_p(id) SELECT id FROM p;
DROP TABLE p;
ALTER TABLE new_p RENAME TO p;
PRAGMA foreign_keys=ON;

-- project: swap
CREATE TABLE a(x);
CREATE TABLE b(y);
CREATE TRIGGER ta AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x); END;
-- next migration
ALTER TABLE a RENAME TO tmp;
ALTER TABLE b RENAME TO a;
ALTER TABLE tmp RENAME TO b;

-- project: instead
CREATE TABLE a(x);
CREATE VIEW v AS SELECT x FROM a;
CREATE TRIGGER iv INSTEAD OF INSERT ON v BEGIN INSERT INTO a VALUES (new.x); END;
DROP VIEW v;
DROP TABLE a;

-- project: tvf
CREATE TABLE a(x);
CREATE VIEW v AS SELECT p.name, m.name AS tn FROM sqlite_master m JOIN pragma_table_info(m.name) p;
CREATE VIEW r AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5) SELECT n.i FROM n;
ALTER TABLE a RENAME x TO y;
