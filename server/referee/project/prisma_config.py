"""Finds what a `prisma.config.*` file says of schema and migrations without running it.

It understands literals, constants, `path.join` and its relatives, and the ways of exporting an
object; whatever else the file does to make its path remains unknown. It reads no files.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from referee.project.config_names import CONFIG_FOLDER
from referee.project.javascript_tokens import END, Token, tokens_of


@dataclass(frozen=True, slots=True)
class UnknownPath:
    """Why the path cannot be told from the text, as the end of a sentence."""

    reason: str


def schema_in_config(source: str, config: Path) -> str | UnknownPath | None:
    """Return what the config file at `config`, whose text is `source`, says for `schema`.

    The path is as it is written, and may be relative; None if the file exports an object that
    has no `schema`. Raises nothing.
    """
    return text_in_config(source, config, "schema")


def text_in_config(source: str, config: Path, *keys: str) -> str | UnknownPath | None:
    """Return the text that keys lead to in what a config file exports, such as a path.

    None if the file exports an object that has no such key. Raises nothing.
    """
    reader = _Reader(tokens_of(source), config)
    try:
        value: _Value | None = _exported(reader)
        if value is None:
            return UnknownPath("exports nothing that can be read without running it")
        for key in keys:
            if not isinstance(value, _Object):
                return UnknownPath(f"gives what should hold `{key}` no object")
            found = _property(reader, value, key)
            value = found.evaluate() if isinstance(found, _Later) else found
            if value is None:
                return None
    except _NotStatic as unknown:
        return UnknownPath(unknown.reason)
    except RecursionError:
        return UnknownPath("is nested too deeply")
    return value if isinstance(value, str) else UnknownPath(f"gives `{keys[-1]}` no text")


def texts_in_config(source: str, config: Path, *keys: str) -> tuple[str, ...]:
    """Return the texts of the list that keys lead to; empty where that cannot be read."""
    reader = _Reader(tokens_of(source), config)
    try:
        value: _Value | None = _exported(reader)
        for key in keys[:-1]:
            if not isinstance(value, _Object):
                return ()
            found = _property(reader, value, key)
            value = found.evaluate() if isinstance(found, _Later) else found
        if not isinstance(value, _Object):
            return ()
        at = _value_index(reader, value, keys[-1])
        return () if at is None else tuple(_texts_of_list(reader, at))
    except (_NotStatic, RecursionError):
        return ()


class _NotStatic(Exception):
    """The file cannot be understood without running it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Url:
    """A `file:` URL, such as `import.meta.url`."""

    path: str


@dataclass(frozen=True, slots=True)
class _Object:
    """An object literal, by the index of the token behind its opening brace."""

    start: int


@dataclass(frozen=True, slots=True)
class _Later:
    """The value of a property, evaluated only if it is the one that counts."""

    evaluate: Callable[[], _Value]


_Value = str | _Url | _Object

_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_OPENING.values())
_DECLARING = frozenset({"const", "let", "var"})


@dataclass(slots=True)
class _Reader:
    """The tokens of one file, where it lies, and which names are being looked up just now."""

    tokens: Sequence[Token]
    config: Path
    open_names: set[str] = field(default_factory=set)

    def at(self, index: int) -> Token:
        return self.tokens[index] if index < len(self.tokens) else END

    def texts(self, index: int, *expected: str) -> bool:
        """Tell whether the tokens from `index` on read as `expected`, none of them a string."""
        return all(
            self.at(index + offset).text == text and not self.at(index + offset).parts
            for offset, text in enumerate(expected)
        )

    def after_group(self, index: int) -> int:
        """Return the index behind the bracket that closes the one at `index`."""
        depth = 0
        while self.at(index).kind != "end":
            token = self.at(index)
            if token.kind == "mark":
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
            index += 1
            if depth == 0:
                return index
        raise _NotStatic("has a bracket that is not closed")

    def statements(self) -> Sequence[int]:
        """Return the indexes of the tokens that are inside no bracket."""
        found: list[int] = []
        depth = 0
        for index, token in enumerate(self.tokens):
            if token.kind == "mark" and token.text in _CLOSING:
                depth -= 1
            elif depth == 0:
                found.append(index)
            if token.kind == "mark" and token.text in _OPENING:
                depth += 1
        return found


# --- What the file exports -----------------------------------------------------------------------


def _exported(reader: _Reader) -> _Object | None:
    for index in reader.statements():
        for words in (
            ("export", "default"),
            ("module", ".", "exports", "="),
            ("exports", ".", "default", "="),
            ("export", "="),
        ):
            if reader.texts(index, *words):
                value, after = _expression(reader, index + len(words))
                _expect_end(reader, after)
                if isinstance(value, _Object):
                    return value
                raise _NotStatic("exports something other than an object")
        if reader.texts(index, "export", "{"):
            named = _named_default(reader, index + 2)
            constant = _constant(reader, named) if named else None
            if isinstance(constant, _Object):
                return constant
    return None


def _named_default(reader: _Reader, index: int) -> str:
    """Return what a list such as `{ config as default }` exports as default, if anything."""
    while not reader.texts(index, "}") and reader.at(index).kind != "end":
        if reader.texts(index + 1, "as", "default"):
            return reader.at(index).text
        index += 1
    return ""


def _property(reader: _Reader, container: _Object, key: str) -> _Later | _Value | None:
    """Return the value that `key` has in an object literal; the last one written counts."""
    found: _Later | _Value | None = None
    unknown = ""
    index = container.start
    while reader.at(index).text != "}" or reader.at(index).parts:
        token = reader.at(index)
        if token.kind == "end":
            raise _NotStatic("has a bracket that is not closed")
        if reader.texts(index, "..."):
            spread = _spread(reader, index + 1, key)
            if isinstance(spread, str):
                unknown = spread
            elif spread.value is not None:
                unknown, found = "", spread.value
        elif reader.texts(index, "[") and not _is_literal_key(reader, index):
            unknown = f"has a computed key, which may be `{key}`"
        else:
            name, value_at = _key(reader, index)
            if name == key:
                unknown = ""
                found = _value_later(reader, key, index, value_at)
        index = _after_entry(reader, index)
    if unknown:
        raise _NotStatic(unknown)
    return found


def _value_index(reader: _Reader, container: _Object, key: str) -> int | None:
    """Return the index of the value that a key has as it is written in an object literal."""
    found: int | None = None
    index = container.start
    while not reader.texts(index, "}") and reader.at(index).kind != "end":
        if not reader.texts(index, "...") and not reader.texts(index, "["):
            name, value_at = _key(reader, index)
            if name == key and reader.texts(value_at, ":"):
                found = value_at + 1
        index = _after_entry(reader, index)
    return found


def _texts_of_list(reader: _Reader, index: int) -> Sequence[str]:
    if not reader.texts(index, "["):
        return []
    values: list[str] = []
    index += 1
    while not reader.texts(index, "]"):
        value, index = _expression(reader, index)
        if isinstance(value, str):
            values.append(value)
        if reader.texts(index, ","):
            index += 1
        elif not reader.texts(index, "]"):
            raise _NotStatic("computes a list in a way that only running it can tell")
    return values


@dataclass(frozen=True, slots=True)
class _Spread:
    """What a spread object says for the key that is looked for."""

    value: _Later | _Value | None


def _spread(reader: _Reader, index: int, key: str) -> _Spread | str:
    try:
        value, _ = _expression(reader, index)
        if isinstance(value, _Object):
            return _Spread(_property(reader, value, key))
    except _NotStatic:
        pass
    return "spreads an object that cannot be read without running it"


def _is_literal_key(reader: _Reader, index: int) -> bool:
    return reader.at(index + 1).kind == "string" and reader.texts(index + 2, "]")


def _key(reader: _Reader, index: int) -> tuple[str, int]:
    """Return the key of the entry at `index` and the index behind it."""
    if reader.texts(index, "["):
        return reader.at(index + 1).parts[0], index + 3
    if reader.at(index).text in _BEFORE_METHOD and reader.at(index + 1).kind in {"name", "string"}:
        index += 1
    token = reader.at(index)
    return (token.parts[0] if token.kind == "string" else token.text), index + 1


_BEFORE_METHOD = frozenset({"get", "set", "async", "*"})


def _value_later(reader: _Reader, key: str, key_at: int, behind_key: int) -> _Later:
    def evaluate() -> _Value:
        if reader.texts(behind_key, ":"):
            value, after = _expression(reader, behind_key + 1)
            if not (reader.texts(after, ",") or reader.texts(after, "}")):
                raise _NotStatic(f"computes `{key}` in a way that only running it can tell")
            return value
        if reader.texts(behind_key, ",") or reader.texts(behind_key, "}"):
            return _constant(reader, reader.at(key_at).text)
        raise _NotStatic(f"has a function for `{key}`")

    return _Later(evaluate)


def _after_entry(reader: _Reader, index: int) -> int:
    """Return the index behind the comma that ends the entry at `index`, or of the brace."""
    while reader.at(index).kind != "end":
        token = reader.at(index)
        if token.kind == "mark":
            if token.text == ",":
                return index + 1
            if token.text in _CLOSING:
                return index
            if token.text in _OPENING:
                index = reader.after_group(index)
                continue
        index += 1
    raise _NotStatic("has a bracket that is not closed")


# --- Expressions ---------------------------------------------------------------------------------


def _expression(reader: _Reader, index: int) -> tuple[_Value, int]:
    """Return the value of the expression at `index` and the index behind it."""
    value, index = _operand(reader, index)
    while reader.texts(index, "+"):
        other, index = _operand(reader, index + 1)
        if not isinstance(value, str) or not isinstance(other, str):
            raise _NotStatic("adds something other than text")
        value += other
    return value, index


def _expect_end(reader: _Reader, index: int) -> None:
    token = reader.at(index)
    if not (token.kind == "end" or token.starts_line or token.text in {";", ")"}):
        raise _NotStatic("computes what it exports in a way that only running it can tell")
    if token.kind == "mark" and token.text not in {";", ")", "(", "["}:
        raise _NotStatic("computes what it exports in a way that only running it can tell")


def _operand(reader: _Reader, index: int) -> tuple[_Value, int]:
    token = reader.at(index)
    value: _Value
    if token.kind == "string":
        value, index = token.parts[0], index + 1
    elif token.kind == "template":
        value, index = _template(reader, token), index + 1
    elif reader.texts(index, "("):
        value, behind = _expression(reader, index + 1)
        if not reader.texts(behind, ")"):
            raise _NotStatic("computes a value in a way that only running it can tell")
        index = behind + 1
    elif reader.texts(index, "{"):
        value, index = _Object(index + 1), reader.after_group(index)
    elif token.kind == "name":
        value, index = _named(reader, index)
    else:
        raise _NotStatic("computes a value in a way that only running it can tell")
    return value, _behind_type(reader, index)


def _behind_type(reader: _Reader, index: int) -> int:
    """Return the index behind what TypeScript says of a value: `!`, `as ...`, `satisfies ...`."""
    while True:
        if reader.texts(index, "!"):
            index += 1
        elif reader.at(index).text in {"as", "satisfies"} and not reader.at(index).starts_line:
            index = _after_type(reader, index + 1)
        else:
            return index


def _after_type(reader: _Reader, index: int) -> int:
    """Return the index behind a type such as `a.B<C>[]`, `typeof import("x")` or `{ a: b }`."""
    depth = 0
    first = index
    while reader.at(index).kind != "end":
        token = reader.at(index)
        if depth == 0 and index > first and token.starts_line:
            return index
        if token.kind == "mark":
            if token.text in _OPENING:
                index = reader.after_group(index)
                continue
            if depth == 0 and token.text not in {".", "<", ">", "|", "&"}:
                return index
            depth += (token.text == "<") - (token.text == ">")
        elif depth == 0 and token.text in {"as", "satisfies"}:
            return index
        index += 1
    return index


def _template(reader: _Reader, token: Token) -> str:
    text = ""
    for index, part in enumerate(token.parts):
        if index % 2 == 0:
            text += part
            continue
        inner = _Reader([*reader.tokens, *tokens_of(part)], reader.config, reader.open_names)
        value, behind = _expression(inner, len(reader.tokens))
        if inner.at(behind).kind != "end" or not isinstance(value, str):
            raise _NotStatic("has a template that only running it can fill")
        text += value
    return text


def _named(reader: _Reader, index: int) -> tuple[_Value, int]:
    """Return the value of the known name, constant or call at `index`."""
    here = reader.config.parent
    for words, known in (
        (("__dirname",), str(here)),
        (("__filename",), str(reader.config)),
        (("import", ".", "meta", ".", "dirname"), str(here)),
        (("import", ".", "meta", ".", "filename"), str(reader.config)),
        (("import", ".", "meta", ".", "url"), _Url(str(reader.config))),
        # Prisma finds its config file in the folder that it is started in.
        (("process", ".", "cwd", "(", ")"), str(_project_folder(reader.config))),
    ):
        if reader.texts(index, *words):
            return known, index + len(words)
    if reader.texts(index, "new", "URL", "("):
        arguments, behind = _arguments(reader, index + 2)
        return _new_url(arguments), behind
    called, open_at = _called(reader, index)
    if called is not None:
        arguments, behind = _arguments(reader, open_at)
        return called(arguments), behind
    name = reader.at(index).text
    if any(reader.texts(index + 1, mark) for mark in (".", "?.", "(", "[", "=>")):
        raise _NotStatic(f"computes a value with `{name}`, which only running it can tell")
    return _constant(reader, name), index + 1


def _project_folder(config: Path) -> Path:
    return config.parent.parent if config.parent.name == CONFIG_FOLDER else config.parent


def _arguments(reader: _Reader, index: int) -> tuple[list[_Value], int]:
    """Return the arguments of the call whose bracket is at `index`, and the index behind it."""
    values: list[_Value] = []
    index += 1
    while not reader.texts(index, ")"):
        value, index = _expression(reader, index)
        values.append(value)
        if reader.texts(index, ","):
            index += 1
        elif not reader.texts(index, ")"):
            raise _NotStatic("computes an argument in a way that only running it can tell")
    return values, index + 1


def _constant(reader: _Reader, name: str) -> _Value:
    """Return the value of a name that is declared once in the file and never assigned again."""
    if name in reader.open_names:
        raise _NotStatic(f"declares `{name}` with itself")
    declared = [
        index + 2
        for index in reader.statements()
        if reader.at(index).text in _DECLARING and reader.texts(index + 1, name)
    ]
    if len(declared) != 1:
        raise _NotStatic(f"uses `{name}`, which it does not declare as a constant of its own")
    index = declared[0]
    if not reader.texts(index - 2, "const") and _is_assigned(reader, name):
        raise _NotStatic(f"assigns `{name}` more than once")
    if reader.texts(index, ":"):
        index = _after_type(reader, index + 1)
    if not reader.texts(index, "="):
        raise _NotStatic(f"declares `{name}` without a value")
    reader.open_names.add(name)
    try:
        value, after = _expression(reader, index + 1)
        if not reader.texts(after, ","):
            _expect_end(reader, after)
    finally:
        reader.open_names.discard(name)
    return value


def _is_assigned(reader: _Reader, name: str) -> bool:
    """Tell whether a name that may change gets another value anywhere in the file."""
    return any(
        token.text == name
        and reader.at(index + 1).text in {"=", "+=", "??", "||", "&&"}
        and reader.at(index - 1).text not in _DECLARING | {"."}
        for index, token in enumerate(reader.tokens)
    )


# --- Functions that are known --------------------------------------------------------------------

_Function = Callable[[Sequence[_Value]], _Value]


def _called(reader: _Reader, index: int) -> tuple[_Function | None, int]:
    """Return the known function that is called at `index`, and the index of its bracket."""
    name = _first_name(reader, reader.at(index).text)
    functions = _functions(reader.config)
    if name in _PATH_NAMES and reader.texts(index + 1, "."):
        member = index + 2
        if reader.at(member).text in {"posix", "win32"} and reader.texts(member + 1, "."):
            member += 2
        if reader.texts(member + 1, "("):
            return functions.get(reader.at(member).text), member + 1
    elif name not in _PATH_NAMES and reader.texts(index + 1, "("):
        return functions.get(name), index + 1
    return None, index


_PATH_NAMES = frozenset({"path", "nodePath"})
_PATH_MODULES = frozenset({"path", "node:path", "path/posix", "node:path/posix"})


def _first_name(reader: _Reader, name: str) -> str:
    """Return the name under which another module exports what this file calls `name`."""
    tokens = reader.tokens
    for index, token in enumerate(tokens):
        if token.text != name or token.parts:
            continue
        before = reader.at(index - 1).text if index else ""
        if before in {"as", ":"} and reader.at(index + 1).text in {",", "}"}:
            if _is_import(reader, index):
                return tokens[index - 2].text
        elif before in {"import", "as"} and reader.texts(index + 1, "from"):
            module = reader.at(index + 2)
            if module.parts and module.parts[0] in _PATH_MODULES:
                return "path"
        elif before in _DECLARING and reader.texts(index + 1, "=", "require", "("):
            module = reader.at(index + 4)
            if module.parts and module.parts[0] in _PATH_MODULES:
                return "path"
    return name


def _is_import(reader: _Reader, index: int) -> bool:
    """Tell whether the braces around `index` name what comes from another module."""
    while reader.at(index).kind != "end" and not reader.texts(index, "}"):
        index += 1
    return reader.texts(index + 1, "from") or reader.texts(index + 1, "=", "require")


def _functions(config: Path) -> Mapping[str, _Function]:
    here = str(_project_folder(config))
    return {
        "defineConfig": _only,
        "join": lambda values: os.path.normpath(os.path.join(*_relative_rest(_texts(values)))),
        "resolve": lambda values: os.path.normpath(os.path.join(here, *_texts(values))),
        "normalize": lambda values: os.path.normpath(_text(_only(values))),
        "dirname": lambda values: os.path.dirname(_text(_only(values))),
        "fileURLToPath": lambda values: _path_of_url(_only(values)),
    }


def _only(values: Sequence[_Value]) -> _Value:
    if len(values) != 1:
        raise _NotStatic("calls a known function with unknown arguments")
    return values[0]


def _text(value: _Value) -> str:
    if not isinstance(value, str):
        raise _NotStatic("makes a path of something other than text")
    return value


def _texts(values: Sequence[_Value]) -> list[str]:
    return [_text(value) for value in values] or ["."]


def _relative_rest(parts: Sequence[str]) -> list[str]:
    """Return the parts of `path.join`, which unlike Python takes a leading slash for a name."""
    return [parts[0], *(part.lstrip("/") for part in parts[1:])]


def _path_of_url(value: _Value) -> str:
    if not isinstance(value, _Url):
        raise _NotStatic("makes a path of something other than a URL of this file")
    return value.path


def _new_url(values: Sequence[_Value]) -> _Url:
    if len(values) != 2 or not isinstance(values[1], _Url):
        raise _NotStatic("makes a URL that only running it can tell")
    return _Url(os.path.normpath(os.path.join(os.path.dirname(values[1].path), _text(values[0]))))
