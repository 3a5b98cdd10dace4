"""Checks messages against the protocol's own model, `metaModel.json`, and tells what is wrong.

The model and recorded `initialize` requests of real editors lie in `protocol`, beside this file.
It deliberately knows nothing of this server, and of one message at a time only: what holds of a
whole conversation is `tests.editors.conformance.session`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

Sender = Literal["client", "server"]

PROTOCOL = Path(__file__).with_name("protocol")
# Which messages a sender may not send.
_OF_THE_OTHER = {"server": "clientToServer", "client": "serverToClient"}
_ANYTHING = frozenset({"LSPAny", "LSPObject", "LSPArray"})
_INT = 2**31


def recorded_initialize(editor: str) -> dict[str, Any]:
    """Return the real `initialize` parameters of `vscode`, `nvim` or `eglot`."""
    found: dict[str, Any] = json.loads((PROTOCOL / f"{editor}-initialize.json").read_bytes())
    return found


@cache
def model() -> ProtocolModel:
    """Return the model."""
    return ProtocolModel(json.loads((PROTOCOL / "metaModel.json").read_bytes()))


# Requests of our own, of which the protocol says no more than that they may be.
_OWN = "referee/"


class ProtocolModel:
    """What messages may look like."""

    def __init__(self, model: Mapping[str, Any]) -> None:
        self._structures = {each["name"]: each for each in model["structures"]}
        self._enumerations = {each["name"]: each for each in model["enumerations"]}
        self._aliases = {each["name"]: each["type"] for each in model["typeAliases"]}
        self._requests = {each["method"]: each for each in model["requests"]}
        self._notifications = {each["method"]: each for each in model["notifications"]}

    def faults(
        self, message: Mapping[str, Any], asked: str | None = None, sender: Sender = "server"
    ) -> list[str]:
        """Return what is wrong with a message; `asked` is the method that it answers."""
        return list(self._faults(message, asked, sender))

    def _faults(
        self, message: Mapping[str, Any], asked: str | None, sender: Sender
    ) -> Iterator[str]:
        if message.get("jsonrpc") != "2.0":
            yield "jsonrpc: 2.0 expected"
        if "method" not in message:
            yield from self._faults_of_answer(message, asked)
            return
        method = message["method"]
        if method.startswith(_OWN):
            return
        known = self._requests if "id" in message else self._notifications
        if method not in known:
            yield f"{method}: no such {'request' if 'id' in message else 'notification'}"
            return
        if known[method].get("messageDirection") == _OF_THE_OTHER[sender]:
            yield f"{method}: a {sender} does not send this"
        params = known[method].get("params")
        if params is not None:
            yield from self._of_type(params, message.get("params"), method)
        elif message.get("params") is not None:
            yield f"{method}: takes no parameters"

    def _faults_of_answer(self, message: Mapping[str, Any], asked: str | None) -> Iterator[str]:
        if "id" not in message:
            yield "neither a method nor the id of a question"
        if ("result" in message) == ("error" in message):
            yield "an answer has either a result or an error"
        if "error" in message:
            error = message["error"]
            if not isinstance(error.get("code"), int) or not isinstance(error.get("message"), str):
                yield f"error: {error!r}"
        elif asked is None:
            yield f"an answer to no question: {message.get('id')}"
        elif "result" in message and not asked.startswith(_OWN):
            yield from self._of_type(self._requests[asked]["result"], message["result"], asked)

    def _of_type(self, kind: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
        match kind["kind"]:
            case "base":
                if not _is_base(kind["name"], value):
                    yield f"{at}: {kind['name']} expected, not {value!r:.60}"
            case "reference":
                yield from self._of_name(kind["name"], value, at)
            case "array":
                if not isinstance(value, list):
                    yield f"{at}: a list expected, not {value!r:.60}"
                    return
                for number, each in enumerate(value):
                    yield from self._of_type(kind["element"], each, f"{at}[{number}]")
            case "map":
                if not isinstance(value, dict):
                    yield f"{at}: a map expected, not {value!r:.60}"
                    return
                for key, each in value.items():
                    yield from self._of_type(kind["key"], key, f"{at}.{key} (key)")
                    yield from self._of_type(kind["value"], each, f"{at}.{key}")
            case "tuple":
                items = kind["items"]
                if not isinstance(value, list) or len(value) != len(items):
                    yield f"{at}: {len(items)} values expected, not {value!r:.60}"
                    return
                for number, (item, each) in enumerate(zip(items, value, strict=True)):
                    yield from self._of_type(item, each, f"{at}[{number}]")
            case "literal":
                yield from self._of_properties(kind["value"]["properties"], value, at)
            case "or":
                tries = [list(self._of_type(each, value, at)) for each in kind["items"]]
                if all(tries):
                    yield from min(tries, key=len)
            case "and":
                for each in kind["items"]:
                    yield from self._of_type(each, value, at)
            case _:
                if value != kind["value"]:
                    yield f"{at}: {kind['value']!r} expected, not {value!r:.60}"

    def _of_name(self, name: str, value: Any, at: str) -> Iterator[str]:
        if name in _ANYTHING:
            return
        if name in self._structures:
            yield from self._of_properties(self._properties(name), value, at)
        elif name in self._aliases:
            yield from self._of_type(self._aliases[name], value, at)
        else:
            enumeration = self._enumerations[name]
            is_known = any(
                each["value"] == value and type(each["value"]) is type(value)
                for each in enumeration["values"]
            )
            may_be_own = enumeration.get("supportsCustomValues", False)
            if not is_known and not (
                may_be_own and not list(self._of_type(enumeration["type"], value, at))
            ):
                yield f"{at}: {value!r:.60} is no {name}"

    def _properties(self, name: str) -> list[Mapping[str, Any]]:
        structure = self._structures[name]
        parts = [*structure.get("extends", []), *structure.get("mixins", [])]
        inherited = [each for part in parts for each in self._properties(part["name"])]
        own = {each["name"] for each in structure["properties"]}
        return [*(each for each in inherited if each["name"] not in own), *structure["properties"]]

    def _of_properties(
        self, properties: Sequence[Mapping[str, Any]], value: Any, at: str
    ) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: an object expected, not {value!r:.60}"
            return
        known = {each["name"]: each for each in properties}
        for name, each in known.items():
            if name not in value and not each.get("optional"):
                yield f"{at}.{name}: missing"
        for name, inner in value.items():
            if name not in known:
                yield f"{at}.{name}: not in the protocol"
            else:
                yield from self._of_type(known[name]["type"], inner, f"{at}.{name}")


def _is_base(name: str, value: Any) -> bool:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    match name:
        case "integer":
            return is_integer and -_INT <= value < _INT
        case "uinteger":
            return is_integer and 0 <= value < _INT
        case "decimal":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "URI" | "DocumentUri":
            return isinstance(value, str) and ":" in value
    return isinstance(value, str)
