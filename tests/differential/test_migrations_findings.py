"""What is found in the migrations of real projects, by name where it is known to be true."""

from __future__ import annotations

from collections import Counter

import pytest

from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.judging import judge
from referee.rules.rule import Place
from tests.migrations.corpus import evidence_of_unit, unit_named, units_with_migrations
from tests.migrations.pgparse import require_pgparse
from tests.support.corpus import require_corpus

pytestmark = pytest.mark.slow

# What a project's schema and migrations say differently; all others are in step.
DIFFERENT = {
    "civitai+civitai/packages": 139,
    "langwatch+langwatch": 54,
    "stackernews+stacker.news": 1,
    "pdovhomilja+nextcrm-app/prisma": 70,
    "triggerdotdev+trigger.dev/internal-packages/database": 33,
    "msgbyte+tianji": 3,
    "stumpapp+stump": 1,
    "topcoder-platform+challenge-api-v6": 2,
    "hoppscotch+hoppscotch": 4,
    "umami-software+umami/prisma": 1,
    "opengovsg+isomer": 1,
    "openlit+openlit": 1,
    "shadcn-ui+taxonomy": 3,
    "mickasmt+next-saas-stripe-starter": 5,
}


def findings(name: str) -> tuple[MigrationFinding, ...]:
    require_corpus()
    return judge(evidence_of_unit(unit_named(name).name))


def test_a_project_in_step_has_no_difference() -> None:
    require_corpus()
    found = {
        unit.name: len(evidence_of_unit(unit.name).changes or ())
        for unit in units_with_migrations("postgresql", "sqlite", "mysql")
    }
    wanted = {
        name: next((n for start, n in DIFFERENT.items() if name.startswith(start)), 0)
        for name in found
    }
    assert found == wanted


def test_umami_lacks_one_index() -> None:
    (finding,) = findings("umami-software+umami/prisma")
    assert finding.code == "unmigrated-change"
    assert (finding.table, finding.columns) == ("session_replay", ("visit_id",))
    assert finding.object == "session_replay_visit_id_idx"
    assert isinstance(finding.place, Place)
    assert finding.place.block == "SessionReplay"
    assert finding.place.ordinal is not None


def test_trigger_dev_lacks_thirty_foreign_keys_each_on_its_relation() -> None:
    found = findings("triggerdotdev+trigger.dev/internal-packages/database")
    keys = [each for each in found if (each.object or "").endswith("_fkey")]
    assert len(keys) == 30
    assert {each.code for each in keys} == {"unmigrated-change"}
    places = [each.place for each in keys]
    assert all(isinstance(place, Place) and place.field is not None for place in places)
    # The rest: two defaults that the schema does not say, and an index with another name.
    assert len(found) == 33


def test_bilan_carbone_uses_an_enum_value_in_the_migration_that_adds_it() -> None:
    (finding,) = findings("ABC-TransitionBasCarbone+bilan-carbone")
    assert finding.code == "unsafe-enum-value-use"
    assert finding.migration == "20260611085809_adding_mip_env"
    assert (finding.object, finding.type) == ("MIP", "common.Environment")


def test_civitai_lacks_a_comma_and_columns() -> None:
    require_pgparse()
    found = findings("civitai+civitai/packages")
    (mistake,) = [each for each in found if each.code == "migration-syntax-error"]
    assert mistake.migration == "20251123142214_model_metric_overhaul"
    assert isinstance(mistake.place, FilePlace)
    assert mistake.place.span is not None
    text = evidence_of_unit(unit_named("civitai+civitai/packages").name).history.migration(
        mistake.migration
    )
    assert text is not None
    assert (text.text or "")[mistake.place.span.start :].startswith('"mode"')
    broken = [
        (each.migration, each.object or each.columns)
        for each in found
        if each.code == "broken-migration"
    ]
    assert broken == [
        ("20251117182613_post_metrics_denormalization", ("reactionCount",)),
        ("20251123233705_userstats_shrink", "UserStat"),  # `UserRank_Live` reads it
        ("20251124081808_model_metric_trigger_drop", "add_model_metrics"),  # made by hand
        ("20260702130000_imagereport_imageid_fk", "ImageReport_imageId_fkey"),
    ]


def test_errors_are_found_only_where_a_real_database_stops_as_well() -> None:
    require_corpus()
    errors: Counter[str] = Counter()
    for unit in units_with_migrations("postgresql", "sqlite", "mysql"):
        for finding in judge(evidence_of_unit(unit.name)):
            if finding.severity == "error":
                errors[unit.name.partition("/")[0]] += 1
    assert set(errors) == {
        "civitai+civitai",
        "ABC-TransitionBasCarbone+bilan-carbone",
        "topcoder-platform+challenge-api-v6",
        "mickasmt+next-saas-stripe-starter",
    }


@pytest.mark.parametrize("provider", ["postgresql", "sqlite", "mysql", "sqlserver"])
def test_judging_all_migrations_of_a_provider_finds_hazards_inside_their_scripts(
    provider: str,
) -> None:
    require_corpus()
    found: Counter[str] = Counter()
    for unit in units_with_migrations("postgresql", "sqlite", "mysql", "sqlserver"):
        if unit.provider != provider:
            continue
        evidence = evidence_of_unit(unit.name)
        for finding in judge(evidence, judges_all=True):
            found[finding.code] += 1
            place = finding.place
            if isinstance(place, FilePlace) and place.span is not None and finding.migration:
                migration = evidence.history.migration(finding.migration)
                assert migration is not None
                if place.path == migration.path:
                    assert place.span.end <= len(migration.text or "")
    assert found["drops-data"] > 0


def hazards(unit: str, migration: str) -> set[tuple[str, str | None]]:
    """Return the codes and tables of what is found in one migration, as if it was not released."""
    require_corpus()
    evidence = evidence_of_unit(unit_named(unit).name)
    found = judge(evidence, unreleased=frozenset([migration]))
    return {(each.code, each.table) for each in found if each.migration == migration}


def test_columns_copied_with_something_else_for_null_do_not_fail() -> None:
    found = hazards("coollabsio+coolify", "20220429214112_fider_correction")
    assert found == {("rebuilds-table", "Fider")}


def test_a_wider_key_in_the_place_of_a_unique_one_finds_no_two_rows() -> None:
    found = hazards("bloom-housing+bloom", "17_add_duplicates_view")
    assert ("drops-constraint", "application_flagged_set") in found
    assert ("unique-index-on-existing-data", "application_flagged_set") not in found


def test_a_list_made_of_a_column_keeps_its_values() -> None:
    found = hazards(
        "ABC-TransitionBasCarbone+bilan-carbone", "20251224145334_update_study_export_format"
    )
    assert ("drops-data", "study_exports") not in found
    # One row for each study and type has become one for each study.
    assert ("unique-index-on-existing-data", "study_exports") in found


def test_the_column_of_an_old_key_is_lost_under_its_new_name() -> None:
    found = hazards("skkuding+codedang", "20240104063238_change_submission_id_type")
    assert {("drops-data", "submission"), ("drops-data", "submssion_result")} <= found
