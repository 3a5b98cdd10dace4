"""Asks Prisma's official validator what it thinks of a schema, for tests that compare with it.

It deliberately knows nothing of the product: it counts lines and offsets by itself, so that a
mistake there cannot hide on both sides of a comparison.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeAlias

from tests.support.needs import need

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_suffix(".mjs")
PARSE_ERROR_TEXTS = ROOT / "tests" / "differential" / "parse_error_texts.txt"
PACKAGE = "@prisma/prisma-schema-wasm"

SchemaFiles: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
Outcome: TypeAlias = "list[OfficialDiagnostic] | OfficialPanic"

# One question carries this many schemas at most, which bounds what a panic makes us ask again.
SCHEMAS_PER_QUESTION = 64


@dataclass(frozen=True, slots=True)
class OfficialDiagnostic:
    """What the validator says about a stretch of one file.

    Offsets count code points, and the line is the line of the start, counted from 0, where
    LF, CRLF and CR end a line, as they do for the validator.
    """

    file: str
    start: int
    end: int
    line: int
    is_warning: bool
    text: str


class OfficialPanic(Exception):
    """The validator broke down on a schema; the next question gets a fresh one."""


class OfficialRefusal(Exception):
    """The validator refused a question, as it does for the data model of an invalid schema."""


class OfficialValidator:
    """A validator in a process of its own, started when first asked and again after a panic."""

    def __init__(self, seconds_to_answer: float = 60.0) -> None:
        self._seconds_to_answer = seconds_to_answer
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._version = ""
        self.starts = 0

    def __enter__(self) -> OfficialValidator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def version(self) -> str:
        """The version of the package that answers."""
        self._running_process()
        return self._version

    def lint(self, files: SchemaFiles) -> list[OfficialDiagnostic]:
        """Return what the validator says about one schema; raise OfficialPanic if it dies."""
        (outcome,) = self.lint_many([files])
        if isinstance(outcome, OfficialPanic):
            raise outcome
        return outcome

    def lint_many(self, schemas: Iterable[SchemaFiles]) -> list[Outcome]:
        """Return one outcome for each schema; a panic is an outcome and stops nothing."""
        return list(self.lint_each(schemas))

    def lint_each(self, schemas: Iterable[SchemaFiles]) -> Iterator[Outcome]:
        """Like lint_many, without holding all schemas at once."""
        pending: list[list[tuple[str, str]]] = []
        for files in schemas:
            pending.append(as_pairs(files))
            if len(pending) == SCHEMAS_PER_QUESTION:
                yield from self._lint_pending(pending)
                pending = []
        yield from self._lint_pending(pending)

    def _lint_pending(self, schemas: list[list[tuple[str, str]]]) -> Iterator[Outcome]:
        answers = self._ask([["lint", json.dumps(files)] for files in schemas])
        for files, answer in zip(schemas, answers, strict=True):
            if isinstance(answer, OfficialPanic):
                yield answer
            elif isinstance(answer, OfficialRefusal):
                raise answer
            else:
                yield read_diagnostics(json.loads(answer), files)

    def format(self, text: str, tab_size: int = 2) -> str:
        """Return the text of a one-file schema as the official formatter writes it."""
        files = [("schema.prisma", text)]
        params = {
            # Without a scheme the formatter finds no file and changes nothing.
            "textDocument": {"uri": "file:///schema.prisma"},
            "options": {"tabSize": tab_size, "insertSpaces": True},
        }
        answer = self._ask_once("format", json.dumps(files), json.dumps(params))
        formatted: list[tuple[str, str]] = json.loads(answer)
        return formatted[0][1]

    def data_model(self, files: SchemaFiles) -> dict[str, Any]:
        """Return the DMMF of a valid schema; raise OfficialRefusal for an invalid one."""
        params = {"prismaSchema": as_pairs(files), "noColor": True}
        model: dict[str, Any] = json.loads(self._ask_once("get_dmmf", json.dumps(params)))
        return model

    def close(self) -> None:
        """End the process, if one runs."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None

    def _ask_once(self, function: str, *arguments: str) -> str:
        (answer,) = self._ask([[function, *arguments]])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _ask(self, calls: list[list[str]]) -> list[str | OfficialPanic | OfficialRefusal]:
        """Ask all calls, in order; what comes after a panic is asked of a fresh process."""
        answers: list[str | OfficialPanic | OfficialRefusal] = []
        calls_at_once = len(calls)
        while len(answers) < len(calls):
            remaining = calls[len(answers) : len(answers) + calls_at_once]
            line = self._exchange(json.dumps(remaining))
            if line is not None:
                received = [read_answer(answer) for answer in json.loads(line)]
            elif len(remaining) > 1:
                # The process died without a word: ask one by one to learn on which call.
                calls_at_once = 1
                continue
            else:
                received = [OfficialPanic("the validator's process died, or did not answer")]
            answers += received
            if isinstance(received[-1], OfficialPanic):
                self.close()
        return answers

    def _exchange(self, line: str) -> bytes | None:
        """Send a line and return the line that answers it, or None when the process died."""
        process = self._running_process()
        assert process.stdin is not None
        assert process.stdout is not None
        alarm = threading.Timer(self._seconds_to_answer, process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            process.stdin.write(line.encode("ascii") + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = b""
        finally:
            alarm.cancel()
        if answer.endswith(b"\n"):
            return answer
        self.close()
        return None

    def _running_process(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        node = shutil.which("node")
        if node is None:
            raise RuntimeError("there is no node to run the official validator with")
        # A file and not a pipe, which would fill up and block if nobody reads it.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [node, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        greeting = self._process.stdout.readline()
        if not greeting:
            self._complaints.seek(0)
            complaint = self._complaints.read().decode("utf-8", "replace")
            self.close()
            raise RuntimeError(f"the official validator did not start:\n{complaint}")
        self._version = json.loads(greeting)["version"]
        self.starts += 1
        return self._process


def require_official() -> None:
    """Go on if the official validator can run here; skip the test, or fail it on CI, if not."""
    need("node", "install Node 20 or newer", shutil.which("node") is not None)
    need(PACKAGE, "run `npm ci` in the repository", has_package())


@cache
def has_package() -> bool:
    """Tell whether Node finds the validator's package."""
    folders = [parent / "node_modules" for parent in SCRIPT.parents]
    folders += map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))
    return any((folder / PACKAGE / "package.json").is_file() for folder in folders)


# ---- which texts say that a schema cannot be parsed --------------------------------------------


def is_parse_error(text: str) -> bool:
    """Tell whether a diagnostic with this text says that something cannot be read as syntax.

    The validator's records carry no kind. True means that Prisma's own parser refused the
    construct, and that it does so whatever else the schema says.
    """
    return is_text_of_kind("syntax", text)


def is_argument_error(text: str) -> bool:
    """Tell whether a diagnostic with this text refuses the form of arguments that parse.

    The validator reports these only when it looks at the arguments: not in an attribute that it
    does not know, for example.
    """
    return is_text_of_kind("argument", text)


def is_text_of_kind(kind: str, text: str) -> bool:
    """Tell whether a pattern in the named section of parse_error_texts.txt is the whole text."""
    return any(pattern.fullmatch(text) is not None for pattern in parse_error_patterns()[kind])


@cache
def parse_error_patterns() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    """Read parse_error_texts.txt: regular expressions under [section] headers."""
    sections: dict[str, list[re.Pattern[str]]] = {}
    section: list[re.Pattern[str]] = []
    for line in PARSE_ERROR_TEXTS.read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            section = sections.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            section.append(re.compile(line, re.DOTALL))
    return {name: tuple(patterns) for name, patterns in sections.items()}


# ---- making older schemas acceptable to the present validator ----------------------------------

DATASOURCE = re.compile(r"^[^\S\r\n]*datasource\b[^{\r\n]*\{[^\r\n]*", re.MULTILINE)
BLOCK_END = re.compile(r"^[^\S\r\n]*\}", re.MULTILINE)
CONNECTION_SETTING = re.compile(
    r"^([^\S\r\n]*)"
    r"((?:url|directUrl|shadowDatabaseUrl)[^\S\r\n]*="
    r"""(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|/(?![/*])|[^"/\r\n])*)""",
    re.MULTILINE,
)
PREVIEW_FEATURES = re.compile(
    r"^([^\S\r\n]*previewFeatures[^\S\r\n]*=[^\S\r\n]*)(\[[^\]\r\n]*\])", re.MULTILINE
)
POSTGRES = re.compile(r"""^[^\S\r\n]*provider[^\S\r\n]*=[^\S\r\n]*"postgres(?:ql)?\"""", re.M)

# What the validator accepts, be it with a warning that the feature is no longer a preview.
KNOWN_PREVIEW_FEATURES = frozenset(
    """
    aggregateApi atomicNumberOperations clientExtensions cockroachDb cockroachdb connectOrCreate
    createMany dataProxy deno distinct driverAdapters extendedIndexes extendedWhereUnique
    fieldReference filterJson filteredRelationCount fullTextIndex fullTextSearch groupBy
    improvedQueryRaw interactiveTransactions jsonProtocol microsoftSqlServer middlewares mongoDb
    mongodb multiSchema nApi namedConstraints napi nativeDistinct nativeTypes omitApi
    orderByAggregateGroup orderByNulls orderByRelation partialIndexes postgresqlExtensions
    prismaSchemaFolder queryCompiler reactNative referentialActions referentialIntegrity
    relationJoins schemaEngineDriverAdapters selectRelationCount shardKeys strictUndefinedChecks
    tracing transactionApi typedSql uncheckedScalarInputs views
    """.split()  # noqa: SIM905 - one name a line would be sixty lines
)


def blank_urls(text: str) -> str:
    """Overwrite the connection settings of the datasource by spaces; offsets stay.

    Prisma 6 requires `url`, and the present validator refuses it.
    """
    pieces: list[str] = []
    position = 0
    for header in DATASOURCE.finditer(text):
        block_end = BLOCK_END.search(text, header.end())
        end = len(text) if block_end is None else block_end.start()
        pieces.append(text[position : header.end()])
        pieces.append(CONNECTION_SETTING.sub(as_spaces, text[header.end() : end]))
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def without_unknown_previews(text: str) -> str:
    """Leave out preview features that the present validator does not know; offsets stay."""
    known = KNOWN_PREVIEW_FEATURES
    if POSTGRES.search(text) is not None:
        known |= {"fullTextSearchPostgres"}

    def keep_known(setting: re.Match[str]) -> str:
        features = re.findall(r'"([^"]*)"', setting[2])
        if known.issuperset(features):
            return setting[0]
        kept = [f'"{feature}"' for feature in features if feature in known]
        return setting[1] + f"[{', '.join(kept)}]".ljust(len(setting[2]))

    return PREVIEW_FEATURES.sub(keep_known, text)


def as_spaces(setting: re.Match[str]) -> str:
    return setting[1] + " " * len(setting[2])


# ---- reading answers ---------------------------------------------------------------------------


def read_answer(answer: Mapping[str, Any]) -> str | OfficialPanic | OfficialRefusal:
    """Turn one answer of official.mjs into what the Python side speaks of."""
    if "panic" in answer:
        return OfficialPanic(answer["panic"])
    if "refusal" in answer:
        return OfficialRefusal(answer["refusal"])
    return str(answer["value"])


def read_diagnostics(
    records: Iterable[Mapping[str, Any]], files: SchemaFiles
) -> list[OfficialDiagnostic]:
    """Turn the validator's records, with offsets in UTF-16 code units, into diagnostics."""
    texts = dict(as_pairs(files))
    indexes: dict[str, OffsetIndex] = {}
    diagnostics = []
    for record in records:
        file = record["file_name"]
        if file not in indexes:
            indexes[file] = OffsetIndex(texts.get(file, ""))
        start = indexes[file].code_point(record["start"])
        diagnostics.append(
            OfficialDiagnostic(
                file=file,
                start=start,
                end=indexes[file].code_point(record["end"]),
                line=indexes[file].line(start),
                is_warning=record["is_warning"],
                text=record["text"],
            )
        )
    return diagnostics


class OffsetIndex:
    """Counts in one text: from UTF-16 code units to code points, from code points to lines."""

    def __init__(self, text: str) -> None:
        self._line_starts = [0, *(end.end() for end in re.finditer(r"\r\n|\r|\n", text))]
        # Where, in code units, the second half of each character outside the basic plane stands.
        self._second_halves = [
            index + nth + 1 for nth, index in enumerate(indexes_of_wide_characters(text))
        ]

    def code_point(self, code_unit: int) -> int:
        """Return the code point at a code unit; the middle of a character is its start."""
        return code_unit - bisect_right(self._second_halves, code_unit)

    def line(self, code_point: int) -> int:
        """Return the line of a code point, counted from 0."""
        return bisect_right(self._line_starts, code_point) - 1


def indexes_of_wide_characters(text: str) -> Iterator[int]:
    if text.isascii():
        return iter(())
    return (match.start() for match in re.finditer("[\U00010000-\U0010ffff]", text))


def as_pairs(files: SchemaFiles) -> list[tuple[str, str]]:
    """Give both accepted forms of a schema's files the same form."""
    return list(files.items()) if isinstance(files, Mapping) else list(files)
