"""What runs Referee by itself, as texts of files: scripts, a workflow of GitHub, a commit hook.

Files that are there keep what else they hold, and how it is written. It deliberately reads and
writes no file, and does not know where a repository is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]

from referee.schema.providers import Provider

# What pip installs Referee from as long as it is published nowhere, such as
# `git+https://host/owner/name@v1`; None as long as there is no such place. Everything that is
# written for other machines takes it from here.
INSTALL_FROM: str | None = None

WORKFLOW_PATH = ".github/workflows/referee.yml"
PRE_COMMIT_PATH = ".pre-commit-config.yaml"
HUSKY_PATH = ".husky/pre-commit"
PACKAGE_PATH = "package.json"
# What a workflow says until somebody fills it in.
TO_FILL_IN = "FILL-IN"
_DISTRIBUTION = "prisma-referee"
_INSTALL_LINE = re.compile(r'^ *REFEREE_FROM: *"(?P<from>[^"\n]*)" *$', re.MULTILINE)
_BRANCH_LINE = re.compile(r'^ *branches: *\["(?P<branch>[^"\n\\]+)"\] *$', re.MULTILINE)
# What an address may consist of, so that it means in YAML and in a shell what it says.
_ADDRESS = re.compile(r"[A-Za-z0-9+.-]+:[A-Za-z0-9/:@._~%#=&?+-]+|/[A-Za-z0-9/._~+-]+")
_RUNS_REFEREE = re.compile(r"(?:^|[\s;&|/])referee(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the files are about.

    `path` is the schema, or its folder, as seen from where the files are; `.` for all there are.
    `install_from` is what pip takes, None where nobody knows.
    """

    path: str = "."
    provider: Provider | None = None
    has_migrations: bool = False
    default_branch: str = "main"
    install_from: str | None = None


def is_address(text: str) -> bool:
    """Tell whether a text is an address that pip takes and that holds no password."""
    return _ADDRESS.fullmatch(text) is not None and re.search(r"//[^/]*:[^/]*@", text) is None


class NotUnderstood(Exception):
    """A file cannot be added to; the text is a sentence that says why, and what to add by hand."""


# --- package.json --------------------------------------------------------------------------------


def scripts_of(wanted: Wanted) -> Mapping[str, str]:
    """Return the scripts by name."""
    where = _path(wanted)
    found = {"referee": f"referee check{where}"}
    if wanted.has_migrations:
        found["referee:migrations"] = f"referee migrations check{where}"
    found["referee:report"] = f"referee report{where} -o referee-report.html"
    return found


def package_with_scripts(text: str, wanted: Wanted) -> str:
    """Return a package.json with the scripts added; everything else stays as it is written.

    A script of the name stays, whatever it runs; `taken_scripts` tells of those that do not run
    Referee. Raises NotUnderstood where the text is no JSON object.
    """
    scripts = _package_scripts(text)
    added = {name: command for name, command in scripts_of(wanted).items() if name not in scripts}
    return _with_members(text, added) if added else text


def taken_scripts(text: str, wanted: Wanted) -> Iterator[str]:
    """Yield sentences about the names that a package.json has for something else.

    Raises NotUnderstood where the text is no JSON object.
    """
    scripts = _package_scripts(text)
    for name, command in scripts_of(wanted).items():
        present = scripts.get(name, command)
        if not isinstance(present, str) or not _RUNS_REFEREE.search(present):
            yield (
                f"{PACKAGE_PATH} has a script `{name}` that does not run Referee, and keeps it; "
                f"add `{command}` under another name."
            )


def _package_scripts(text: str) -> Mapping[str, object]:
    try:
        package = json.loads(text)
    except (ValueError, RecursionError) as failure:
        raise NotUnderstood(f"{PACKAGE_PATH} is no JSON: {failure}.") from failure
    if not isinstance(package, dict):
        raise NotUnderstood(f"{PACKAGE_PATH} holds no object.")
    scripts = package.get("scripts", {})
    if not isinstance(scripts, dict):
        raise NotUnderstood(f"`scripts` of {PACKAGE_PATH} is no object.")
    return scripts


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a JSON object: its name, and where the name begins and the value lies."""

    name: str
    start: int
    value_start: int
    value_end: int


def _with_members(text: str, added: Mapping[str, str]) -> str:
    start = text.index("{")
    newline = "\r\n" if "\r\n" in text else "\n"
    members = list(_members(text, start))
    scripts = next((each for each in reversed(members) if each.name == "scripts"), None)
    unit = _indentation(text, members)
    if scripts is not None:
        inner = list(_members(text, scripts.value_start))
        return _inserted(text, scripts.value_start, inner, added, unit, 2, newline)
    lines = [f"{unit * 2}{json.dumps(n)}: {json.dumps(v)}" for n, v in added.items()]
    body = f",{newline}".join(lines)
    value = f"{{{newline}{body}{newline}{unit}}}"
    return _inserted(text, start, members, {"scripts": value}, unit, 1, newline, is_raw=True)


def _inserted(
    text: str,
    start: int,
    members: list[_Member],
    added: Mapping[str, str],
    unit: str,
    depth: int,
    newline: str,
    is_raw: bool = False,
) -> str:
    """Return the text with members behind the last one of the object that begins at `start`."""
    written = [f"{json.dumps(n)}: {v if is_raw else json.dumps(v)}" for n, v in added.items()]
    if not members:
        end = text.index("}", start)
        body = f",{newline}".join(f"{unit * depth}{each}" for each in written)
        return f"{text[: start + 1]}{newline}{body}{newline}{unit * (depth - 1)}{text[end:]}"
    last = members[-1]
    lead = text[: last.start].rsplit("\n", 1)[-1]
    stands_alone = "\n" in text[start : last.start] and not lead.strip()
    between = f",{newline}{lead}" if stands_alone else ", "
    body = "".join(f"{between}{each}" for each in written)
    return f"{text[: last.value_end]}{body}{text[last.value_end :]}"


def _members(text: str, start: int) -> Iterator[_Member]:
    """Yield the members of the object that begins at an offset of valid JSON."""
    decoder = json.JSONDecoder()
    at = _blank(text, start + 1)
    while text[at] != "}":
        begin = at
        name, at = scanstring(text, at + 1)
        value_start = _blank(text, _blank(text, at) + 1)
        _, at = decoder.raw_decode(text, value_start)
        yield _Member(name, begin, value_start, at)
        at = _blank(text, at)
        if text[at] == ",":
            at = _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _indentation(text: str, members: list[_Member]) -> str:
    if members:
        lead = text[: members[0].start].rsplit("\n", 1)
        if len(lead) == 2 and lead[1] and not lead[1].strip():
            return lead[1]
    return "  "


# --- The workflow --------------------------------------------------------------------------------


_WORKFLOW = """\
# Judges the Prisma schema and its migrations on every pull request, and keeps a report.
# Written by `referee ci`; `referee ci --check` tells whether it would write it anew.
name: Referee

on:
  pull_request:
  push:
    branches: [<branch>]

permissions:
  contents: read

jobs:
  referee:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    env:
      # What pip installs Referee from, as long as it is published nowhere: the address of its
      # repository, such as git+https://HOST/OWNER/NAME@TAG.
      REFEREE_FROM: "<from>"
    steps:
      - uses: actions/checkout@v4
        with:
          # The whole history tells which migrations the default branch does not have.
          fetch-depth: 0
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install Referee
        run: |
          if [ "$REFEREE_FROM" = "<to fill in>" ]; then
            echo "::error::REFEREE_FROM in this workflow is to say what pip installs Referee from."
            exit 1
          fi
          pip install "<package> @ $REFEREE_FROM"
      # Findings become annotations; a warning or an error fails the job.
      - name: Judge the schema and its migrations
        run: <check>
      # The report says all of it on one page, also where the step above failed.
      - name: Write the report
        if: ${{ !cancelled() }}
        run: <report>
      - name: Keep the report
        if: ${{ !cancelled() }}
        uses: actions/upload-artifact@v4
        with:
          name: referee-report
          path: referee-report.html
          if-no-files-found: ignore
"""


def workflow(wanted: Wanted) -> str:
    """Return the workflow."""
    path = _path(wanted)
    values = {
        "<branch>": json.dumps(wanted.default_branch),
        "<from>": wanted.install_from or TO_FILL_IN,
        "<to fill in>": TO_FILL_IN,
        "<package>": _DISTRIBUTION + _extras(wanted),
        "<check>": _scalar(f"referee check{path} --format github"),
        "<report>": _scalar(f"referee report{path} -o referee-report.html --fail-on never"),
    }
    text = _WORKFLOW
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def install_from_in(text: str) -> str | None:
    """Return what a workflow says that pip installs from; None where it is to be filled in."""
    found = _INSTALL_LINE.search(text)
    if found is None or found["from"] in ("", TO_FILL_IN):
        return None
    return found["from"]


def branch_in(text: str) -> str | None:
    """Return the default branch that a workflow names."""
    found = _BRANCH_LINE.search(text)
    return None if found is None else found["branch"]


def _extras(wanted: Wanted) -> str:
    """Return what is needed beyond Referee itself to try migrations on a database."""
    if not wanted.has_migrations:
        return ""
    extras = {"postgresql": "[postgres,pgparse]", "cockroachdb": "[pgparse]", "mysql": "[mysql]"}
    return extras.get(wanted.provider or "", "")


# --- Hooks ---------------------------------------------------------------------------------------

_HOOK_ID = "referee"
_REPOS = re.compile(r"^repos:[ \t]*(?P<rest>[^\n#]*?)[ \t]*(?:#[^\n]*)?\r?$", re.MULTILINE)
_ITEM = re.compile(r"^(?P<lead>[ \t]*)-[ \t]+repo:", re.MULTILINE)
_HAS_HOOK = re.compile(
    rf"^[ \t]*-?[ \t]*id:[ \t]*['\"]?{_HOOK_ID}['\"]?[ \t]*(?:#.*)?\r?$", re.MULTILINE
)


def pre_commit_config(text: str | None, wanted: Wanted) -> str:
    """Return a configuration of pre-commit with the hook; `text` is the one that is there.

    Raises NotUnderstood where the list of repositories is not written as blocks.
    """
    where = _path(wanted)
    if text is None or not text.strip():
        head = (
            "# Hooks of pre-commit (https://pre-commit.com); `pre-commit install` sets them up.\n"
        )
        return f"{head}repos:\n" + "".join(f"{line}\n" for line in _hook(where, "  "))
    if _HAS_HOOK.search(text):
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    repos = _REPOS.search(text)
    if repos is None or repos["rest"] not in ("", "[]"):
        raise NotUnderstood(
            f"{PRE_COMMIT_PATH} has no list `repos:` with one entry a line; add a local hook with "
            f"the entry `referee check{where}` by hand."
        )
    item = _ITEM.search(text, repos.end())
    lead = "  " if item is None else item["lead"]
    entry = newline.join(_hook(where, lead)) + newline
    end = _end_of_list(text, repos.end())
    head = text[: repos.start()] + "repos:" + text[repos.end("rest") : end]
    if repos["rest"] == "":
        head = text[:end]
    if not head.endswith("\n"):
        head += newline
    return head + entry + text[end:]


def _end_of_list(text: str, start: int) -> int:
    """Return where the last line of a list ends: before the next key, blanks and comments of it."""
    end = at = text.find("\n", start) + 1 or len(text)
    while at < len(text):
        stop = text.find("\n", at) + 1 or len(text)
        line = text[at:stop]
        if line[:1] not in (" ", "\t", "-", "#", "\r", "\n"):
            break
        if line.strip() and not line.startswith("#"):
            end = stop
        at = stop
    return end


def _hook(where: str, lead: str) -> list[str]:
    lines = [
        "- repo: local",
        "  hooks:",
        "    # Judges the schema before a commit that touches it; `referee` must be on the PATH.",
        f"    - id: {_HOOK_ID}",
        "      name: Judge the Prisma schema and its migrations",
        f"      entry: {_scalar(f'referee check{where}')}",
        "      language: system",
        r"      files: '(\.prisma|migration\.sql|migration_lock\.toml)$'",
        "      pass_filenames: false",
    ]
    return [lead + line for line in lines]


def husky_hook(text: str | None, wanted: Wanted) -> str:
    """Return the script of Husky's hook with a line that runs Referee."""
    where = _path(wanted)
    if text is not None and any(
        _RUNS_REFEREE.search(line)
        for line in text.splitlines()
        if not line.lstrip().startswith("#")
    ):
        return text
    newline = "\r\n" if text is not None and "\r\n" in text else "\n"
    before = "" if not text else text if text.endswith("\n") else text + newline
    return (
        f"{before}# Judges the Prisma schema and its migrations before each commit.{newline}"
        f"referee check{where}{newline}"
    )


def _path(wanted: Wanted) -> str:
    """Return the schema as it stands in a command, with a blank before it."""
    return "" if wanted.path == "." else f" {_word(wanted.path)}"


def _scalar(command: str) -> str:
    """Return a command as a value of YAML, in quotes where it would be cut or read as a key."""
    is_plain = ": " not in command and " #" not in command and not command.endswith(":")
    return command if is_plain else "'" + command.replace("'", "''") + "'"


def _word(text: str) -> str:
    """Return a path as a word of a shell."""
    is_plain = all(each.isalnum() or each in "_-./@+" for each in text)
    return text if is_plain else "'" + text.replace("'", "'\\''") + "'"
