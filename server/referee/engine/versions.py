"""A mapping of which every change gives a new version, without a copy of what stayed.

All versions share one table. The newest owns it and is as fast as a dictionary; an older one knows
what stood in the table before the next change was made, and asks the next version for the rest.
It deliberately knows nothing of what it maps.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from typing import Any, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
_D = TypeVar("_D")

# So many versions share a table at most: one that somebody keeps keeps no more than these.
_MOST_VERSIONS = 50
_ABSENT: Any = object()


class VersionedMap(Mapping[K, V]):
    """One version; its keys keep their order as long as none comes or goes.

    Versions may be read in one thread while another makes newer ones: a version gives its table
    away before the table changes, and who reads looks afterwards whether it is still there.
    """

    __slots__ = ("_before", "_newer", "_number", "_size", "_table")

    def __init__(self, table: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        self._table: dict[K, V] | None = dict(table)
        self._size = len(self._table)
        self._number = 0
        # Of an older version: the next one, and what that changed as it was before.
        self._newer: VersionedMap[K, V] | None = None
        self._before: dict[K, V] = {}

    def changed(self, new: Mapping[K, V], gone: Iterable[K] = ()) -> VersionedMap[K, V]:
        """Return a version with other values and without some keys."""
        absent = [key for key in gone if key in self]
        if not new and not absent:
            return self
        table = self._table
        version: VersionedMap[K, V] = VersionedMap.__new__(VersionedMap)
        version._newer = None
        version._before = {}
        if table is None or self._number >= _MOST_VERSIONS:
            version._table = table = self._whole()
            version._number = 0
        else:
            before = {key: table.get(key, _ABSENT) for key in new}
            before.update((key, table[key]) for key in absent)
            version._table = table
            version._number = self._number + 1
            self._before = before
            self._newer = version
            self._table = None
        table.update(new)
        for key in absent:
            del table[key]
        version._size = len(table)
        return version

    @property
    def present(self) -> Mapping[K, V]:
        """The same, quicker to read, but only until the next version is made."""
        table = self._table
        return self if table is None else table

    @overload
    def get(self, key: K, /) -> V | None: ...

    @overload
    def get(self, key: K, /, default: V | _D) -> V | _D: ...

    def get(self, key: K, /, default: Any = None) -> Any:
        """Return the value of a key, or the default where there is none."""
        table = self._table
        if table is not None:
            value = table.get(key, default)
            if self._table is table:
                return value
        value = self._found(key)
        return default if value is _ABSENT else value

    def __getitem__(self, key: K) -> V:
        value = self._found(key)
        if value is _ABSENT:
            raise KeyError(key)
        return value  # type: ignore[no-any-return]

    def __contains__(self, key: object) -> bool:
        return self._found(key) is not _ABSENT

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[K]:
        return iter(self._whole())

    def items(self) -> ItemsView[K, V]:
        """Return keys and values as they are now."""
        return self._whole().items()

    def values(self) -> ValuesView[V]:
        """Return the values as they are now."""
        return self._whole().values()

    def _found(self, key: Any) -> Any:
        version = self
        while True:
            table = version._table
            if table is not None:
                value = table.get(key, _ABSENT)
                if version._table is table:
                    return value
            elif key in version._before:
                return version._before[key]
            else:
                assert version._newer is not None
                version = version._newer

    def _whole(self) -> dict[K, V]:
        """Return a dictionary of its own, of what this version maps."""
        older: list[dict[K, V]] = []
        version = self
        whole: dict[K, V] | None = None
        while whole is None:
            table = version._table
            if table is not None:
                copied = table.copy()
                if version._table is table:
                    whole = copied
            else:
                older.append(version._before)
                assert version._newer is not None
                version = version._newer
        if not older:
            return whole
        for before in reversed(older):
            whole.update(before)
        return {key: value for key, value in whole.items() if value is not _ABSENT}
