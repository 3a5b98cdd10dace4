"""A state kept as JSON gives what a replay from the beginning gives."""

from __future__ import annotations

import json

import pytest

from referee.migrations.evidence import read_history
from referee.migrations.history import history_of
from referee.migrations.judging import judge
from referee.migrations.snapshot import VERSION, as_json, fitting, from_json, snapshot_of
from tests.migrations.corpus import evidence_of_unit, units_with_migrations
from tests.support.corpus import require_corpus

SCRIPT = b"""
CREATE TYPE "E" AS ENUM ('a', 'b');
CREATE TABLE p (id serial PRIMARY KEY, e "E"[] NOT NULL DEFAULT '{a}', n numeric(10, 2) CHECK (n > 0));
CREATE TABLE c (id int GENERATED ALWAYS AS (1) STORED, p int REFERENCES p);
ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES p ON DELETE CASCADE NOT VALID;
CREATE UNIQUE INDEX i ON c USING btree (p DESC, lower(id::text) text_pattern_ops) WHERE p > 0;
CREATE INDEX j ON c (p) INCLUDE (id);
CREATE TABLE q AS SELECT 1;
CREATE VIEW v AS SELECT 1 AS one FROM p WHERE n > 1;
CREATE FUNCTION f(a int) RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE UPDATE OF p ON c EXECUTE FUNCTION f();
DO $$ BEGIN EXECUTE 'DROP ' || 'nothing'; END $$;
CREATE VIEW w AS SELECT id FROM c;
CREATE TRIGGER h BEFORE UPDATE OF p ON c EXECUTE FUNCTION f();
CREATE EXTENSION citext;
CREATE SCHEMA s;
CREATE DOMAIN "Mail" AS varchar(50);
CREATE TYPE pair AS (x int);
ALTER TABLE nothing ADD COLUMN a int;
"""  # noqa: E501  a statement a line


def test_a_snapshot_comes_back_as_it_was() -> None:
    history = history_of("m", {"a/migration.sql": SCRIPT})
    evidence = read_history(history, "postgresql")
    broken = tuple(each for each in judge(evidence) if each.code == "broken-migration")
    snapshot = snapshot_of(evidence, broken)
    assert snapshot is not None
    assert broken
    kept = from_json(as_json(snapshot))
    assert kept == snapshot
    assert kept.model.other_types == snapshot.model.other_types != {}
    assert kept.model.view_reads == snapshot.model.view_reads != {}
    assert kept.model.functions == snapshot.model.functions != {}
    assert kept.model.triggers == snapshot.model.triggers != ()
    assert kept.model.may_hold_more is snapshot.model.may_hold_more is True
    assert fitting(snapshot, history)
    assert not fitting(snapshot, history_of("m", {"a/migration.sql": b"-- another"}))


def test_a_replay_that_begins_with_a_snapshot_ends_as_one_from_the_beginning() -> None:
    first = {"a/migration.sql": SCRIPT}
    second = {**first, "b/migration.sql": b"ALTER TABLE c RENAME COLUMN p TO parent;"}
    snapshot = snapshot_of(read_history(history_of("m", first), "postgresql"))
    assert snapshot is not None
    kept = from_json(as_json(snapshot))
    assert kept is not None
    history = history_of("m", second)
    resumed = read_history(history, "postgresql", known=(kept.count, kept.model, kept.makers))
    whole = read_history(history, "postgresql")
    assert resumed.made == whole.made
    assert dict(resumed.makers) == dict(whole.makers)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", json.dumps({"version": VERSION + 1}), "{", '{"version": 1}']
)
def test_what_is_no_snapshot_counts_as_none(text: str) -> None:
    assert from_json(text) is None


def test_every_real_history_can_be_kept() -> None:
    require_corpus()
    for unit in units_with_migrations("postgresql", "sqlite", "mysql"):
        snapshot = snapshot_of(evidence_of_unit(unit.name))
        assert snapshot is not None
        assert from_json(as_json(snapshot)) == snapshot
