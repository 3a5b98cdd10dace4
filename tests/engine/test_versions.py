"""Every version of a mapping goes on to say what it said when it was made."""

from __future__ import annotations

from random import Random
from threading import Thread

import pytest

from referee.engine.versions import VersionedMap

KEYS = [f"k{number}" for number in range(12)]


@pytest.mark.parametrize("seed", range(20))
def test_all_versions_are_what_copies_would_be(seed: int) -> None:
    choose = Random(seed)
    copies = [dict.fromkeys(KEYS[:6], 0)]
    versions: list[VersionedMap[str, int]] = [VersionedMap(copies[0])]
    for number in range(1, 40):
        # Now and then an older version is changed, which begins a table of its own.
        base = len(versions) - 1 if choose.random() < 0.9 else choose.randrange(len(versions))
        new = dict.fromkeys(choose.sample(KEYS, choose.randint(0, 3)), number)
        gone = [key for key in choose.sample(KEYS, choose.randint(0, 2)) if key not in new]
        copy = {**copies[base], **new}
        for key in gone:
            copy.pop(key, None)
        copies.append(copy)
        versions.append(versions[base].changed(new, gone))
    for version, copied in zip(versions, copies, strict=True):
        assert dict(version) == dict(version.items()) == copied
        assert version == copied
        assert sorted(version.values()) == sorted(copied.values())
        assert len(version) == len(copied)
        for key in KEYS:
            assert version.get(key) == copied.get(key)
            assert version.get(key, -1) == copied.get(key, -1)
            assert (key in version) is (key in copied)
            if key not in copied:
                with pytest.raises(KeyError):
                    version[key]


def test_a_change_of_values_keeps_the_order() -> None:
    first = VersionedMap({"b": 1, "a": 1, "c": 1})
    second = first.changed({"a": 2})
    third = second.changed({"c": 3, "b": 3})
    assert list(first) == list(second) == list(third) == ["b", "a", "c"]
    assert list(second.items()) == [("b", 1), ("a", 2), ("c", 1)]


def test_no_change_is_no_new_version() -> None:
    first = VersionedMap({"a": 1})
    assert first.changed({}, ["b"]) is first


def test_the_newest_version_shares_its_table_and_older_ones_do_not() -> None:
    first = VersionedMap({"a": 1})
    second = first.changed({"a": 2})
    assert second.present["a"] == 2
    assert first.present["a"] == 1


def test_a_version_that_is_kept_keeps_few_of_those_that_follow() -> None:
    first = VersionedMap({"a": 0})
    newest = first
    for number in range(1, 2_500):
        newest = newest.changed({"a": number})
    seen = 0
    version: VersionedMap[str, int] | None = first
    while version is not None:
        seen += 1
        version = version._newer
    assert seen <= 1_001
    assert (first["a"], newest["a"]) == (0, 2_499)


def test_a_version_can_be_read_while_newer_ones_are_made() -> None:
    first = VersionedMap(dict.fromkeys(range(200), 0))
    wrong: list[object] = []

    def read() -> None:
        for _ in range(300):
            wrong.extend(value for value in first.values() if value)
            wrong.extend(key for key in range(0, 200, 7) if first[key] or first.get(key))

    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    newest = first
    number = 0
    while any(reader.is_alive() for reader in readers):
        number += 1
        newest = newest.changed({number % 200: number}, [number % 200 + 200])
    for reader in readers:
        reader.join()
    assert wrong == []
    assert dict(first) == dict.fromkeys(range(200), 0)
