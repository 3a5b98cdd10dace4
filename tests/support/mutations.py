"""Damages real schemas in many small ways, the same ways for the same seed on every machine.

It deliberately does not know which damage is a mistake: that is for a parser to say.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from random import Random
from typing import TypeAlias

from tests.support.corpus import corpus_units

TOKEN = re.compile(
    r"""
    (?P<comment> //[^\r\n]* | /\*.*?\*/ )
  | (?P<string>  "(?:[^"\\\r\n]|\\[^\r\n])*" )
  | (?P<number>  -?\d+(?:\.\d+)?(?![\w-]) )
  | (?P<word>    [^\W_][\w-]* )
  | (?P<sign>    @@ | \[\] | [^\s] )
    """,
    re.VERBOSE | re.DOTALL,
)
LINE_END = re.compile(r"\r\n|\r|\n")
HEADER = re.compile(
    r"^(?P<keyword>datasource|generator|model|view|type|enum)[ \t]+"
    r"(?P<name>\w+)[ \t]*(?P<brace>\{)",
    re.MULTILINE,
)
BLOCK_END = re.compile(r"^[ \t]*\}", re.MULTILINE)
FIELD = re.compile(
    r"^[ \t]+(?P<name>\w+)[ \t]+(?P<type>\w+(?:\[\]|\?)?)(?=[ \t\r\n])", re.MULTILINE
)
ARGUMENTS = re.compile(r"\([^()\r\n\"]*\)")

STRAY_CHARACTERS = (
    *"!#$%&'*+,-./:;<=>?@[\\]^_`{|}~()\"",
    *("\t", "\x0b", "\x0c", "\x00", "\x1a", "\x7f", "\x85", "\xa0", "\u1680", "\u2003", "\u3000"),
    *("\ufeff", "\u2028", "\u2029", "\u200b", "\u200d", "\u0301", "\u203f", "\xb7", "\xb2"),
    *("é", "日", "Ⅷ", "٣", "😀", "𝒳", "1", "a", "\r", "\n", "\r\n"),
)
STRAY_TOKENS = (
    *("@", "@@", "@@@", "[]", "[", "]", "{", "}", "{}", "(", ")", "()", ",", ":", "=", "?", "!"),
    *("//", "///", "/*", "*/", "/* c */", "/**/", "/* c\n d */", "// c", '"', '""', '"x"', "'x'"),
    *("1", "-1", "1.5", "1e3", ".5", "_x", "1a", "a-b", "a.b", "a.", ".a", "x", "Int", "null"),
    *("@id", "@@index([id])", "[1, 2]", "[1,]", "{ a: 1 }", "{a: {b: 1,}}", "f(x: 1)", "f(x:)"),
    *("model", "enum E {", "model M {", "type T = Int", 'Unsupported("x")', "foo {", "foo A {"),
)
KEYWORDS = (
    *("model", "view", "type", "enum", "datasource", "generator", "Model", "ENUM", "table"),
    *("modle", "", "_model", "model model", "models", "1", "@@model", "// model", "/* c */ model"),
)
BAD_NAMES = (
    "_{}",
    "1{}",
    "{}-",
    "-{}",
    "{}.x",
    '"{}"',
    "{}$",
    "é{}",
    "{}_",
    "{} x",
    "{}\u0301",
    "",
)
BAD_ESCAPES = (
    "\\q",
    "\\",
    "\\u12",
    "\\uD83D",
    "\\n",
    '\\"',
    "\\\\",
    "\t",
    "\n",
    "\\\n",
    "\x00",
    "//",
)
BAD_NUMBERS = (
    "1.",
    ".5",
    "1e3",
    "- 1",
    "+1",
    "0x10",
    "1_000",
    "007",
    "1a",
    "-1.50",
    "--1",
    "1.5.5",
)
TYPE_FORMS = (
    *("{}!", "[{}]", "{}[]?", "{}?[]", "{}[][]", "{}??", "{} ?", "{} []", "{}[ ]", "{} !", "_{}"),
    *('Unsupported("{}")', 'Unsupported("{}")?', 'Unsupported ("{}")', "Unsupported()", "{}.x", ""),
)
ENDS_OF_HEADER = (
    "{}",
    "{ }",
    "{{",
    "{ // c",
    "{ /* c",
    "{ x Int }",
    "{ ??",
    "",
    "\n{",
    "(",
    "= {",
    "}",
)
ENDS_OF_BLOCK = (
    "",
    "}}",
    "} }",
    "} x",
    "} // c",
    "} /* c */",
    "/* c */ }",
    "} enum Z {\n  A\n}",
    "x }",
)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One damaged file, and a name by which to find it again."""

    unit: str
    file: str
    seed: str
    """What `mutate` was given: the seed of the run and the number of the mutation in it."""
    kind: str
    line: int
    """The first changed line, counted from 0, in the file as it was."""
    text: str

    @property
    def id(self) -> str:
        """Says where and what: `project/file:line kind (seed)`, the line counted from 1."""
        project = self.unit.partition("/")[0]
        return f"{project}/{self.file}:{self.line + 1} {self.kind} ({self.seed})"


class Source:
    """A file to damage, taken apart once for all mutations of it."""

    def __init__(self, unit: str, file: str, text: str) -> None:
        self.unit = unit
        self.file = file
        self.text = text

    @cached_property
    def tokens(self) -> Sequence[tuple[int, int]]:
        """Every token that is not white space; comments are tokens."""
        return [token.span() for token in TOKEN.finditer(self.text)]

    @cached_property
    def tokens_by_kind(self) -> dict[str, list[tuple[int, int]]]:
        """Tokens under `comment`, `string`, `number`, `word` and `sign`."""
        kinds: dict[str, list[tuple[int, int]]] = {}
        for token in TOKEN.finditer(self.text):
            kinds.setdefault(token.lastgroup or "", []).append(token.span())
        return kinds

    @cached_property
    def signs(self) -> dict[str, list[tuple[int, int]]]:
        """Signs by what they are: brackets, commas, colons, ..."""
        signs: dict[str, list[tuple[int, int]]] = {}
        for start, end in self.tokens_by_kind.get("sign", ()):
            signs.setdefault(self.text[start:end], []).append((start, end))
        return signs

    @cached_property
    def lines(self) -> Sequence[tuple[int, int]]:
        """Every line with its line end."""
        starts = self.line_starts
        return list(zip(starts, [*starts[1:], len(self.text)], strict=True))

    @cached_property
    def line_starts(self) -> Sequence[int]:
        return [0, *(end.end() for end in LINE_END.finditer(self.text))]

    @cached_property
    def headers(self) -> Sequence[re.Match[str]]:
        return list(HEADER.finditer(self.text))

    @cached_property
    def block_ends(self) -> Sequence[tuple[int, int]]:
        return [match.span() for match in BLOCK_END.finditer(self.text)]

    @cached_property
    def fields(self) -> Sequence[re.Match[str]]:
        """Members that look like fields; some settings look so too, which does no harm."""
        return list(FIELD.finditer(self.text))

    @cached_property
    def arguments(self) -> Sequence[tuple[int, int]]:
        """Argument lists without strings or calls in them."""
        return [match.span() for match in ARGUMENTS.finditer(self.text)]

    def line_of(self, offset: int) -> int:
        return bisect_right(self.line_starts, offset) - 1


@dataclass(frozen=True, slots=True)
class Replacement:
    """Text to put in the place of a stretch of the source."""

    start: int
    end: int
    text: str


# A kind of damage: where and what, or None when the source has nothing of the sort to damage.
Damage: TypeAlias = Callable[[Random, Source], "Replacement | None"]


def mutations(seed: int, count: int, sources: Sequence[Source] | None = None) -> Iterator[Mutation]:
    """Yield `count` damaged files of the corpus; none when the corpus is absent."""
    chosen = corpus_sources() if sources is None else sources
    if chosen:
        for number in range(count):
            yield mutate(f"seed {seed}.{number}", chosen)


def mutate(seed: str, sources: Sequence[Source]) -> Mutation:
    """Return the mutation of a seed, which finds a single one again."""
    random = Random(seed)
    while True:
        source = random.choice(sources)
        kinds = random.sample(list(DAMAGES), random.choice((1, 1, 1, 1, 2, 3)))
        damages = [(kind, DAMAGES[kind](random, source)) for kind in kinds]
        made = [(kind, replacement) for kind, replacement in damages if replacement is not None]
        text = apply([replacement for _, replacement in made], source.text)
        if text != source.text:
            return Mutation(
                unit=source.unit,
                file=source.file,
                seed=seed,
                kind=" and ".join(kind for kind, _ in made),
                line=source.line_of(min(replacement.start for _, replacement in made)),
                text=text,
            )


@cache
def corpus_sources() -> tuple[Source, ...]:
    """Every file of the corpus, each of them on its own."""
    return tuple(
        Source(unit.name, file, text)
        for unit in corpus_units()
        for file, text in sorted(unit.files.items())
    )


def apply(replacements: Sequence[Replacement], text: str) -> str:
    """Make the replacements from the end backwards; of two that overlap the later one counts."""
    limit = len(text)
    for replacement in sorted(replacements, key=lambda each: each.start, reverse=True):
        if replacement.end <= limit:
            text = text[: replacement.start] + replacement.text + text[replacement.end :]
            limit = replacement.start
    return text


# ---- damage to tokens --------------------------------------------------------------------------


def delete_token(random: Random, source: Source) -> Replacement | None:
    return replace_one(random, source.tokens, "")


def duplicate_token(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.tokens)
    if span is None:
        return None
    token = source.text[slice(*span)]
    return Replacement(*span, token + random.choice(("", " ", "\n")) + token)


def swap_tokens(random: Random, source: Source) -> Replacement | None:
    if len(source.tokens) < 2:
        return None
    index = random.randrange(len(source.tokens) - 1)
    (start, middle), (after, end) = source.tokens[index : index + 2]
    text = source.text
    return Replacement(start, end, text[after:end] + text[middle:after] + text[start:middle])


def replace_token(random: Random, source: Source) -> Replacement | None:
    other = pick(random, source.tokens)
    return None if other is None else replace_one(random, source.tokens, source.text[slice(*other)])


def insert_token(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.tokens)
    if span is None:
        return None
    space = random.choice(("", " "))
    offset = random.choice(span)
    return Replacement(offset, offset, space + random.choice(STRAY_TOKENS) + space)


def insert_character(random: Random, source: Source) -> Replacement | None:
    offset = random.randint(0, len(source.text))
    return Replacement(offset, offset, random.choice(STRAY_CHARACTERS))


def delete_character(random: Random, source: Source) -> Replacement | None:
    if not source.text:
        return None
    offset = random.randrange(len(source.text))
    return Replacement(offset, offset + 1, "")


# ---- damage to lines and to the whole file -----------------------------------------------------


def delete_line(random: Random, source: Source) -> Replacement | None:
    return replace_one(random, source.lines, "")


def duplicate_line(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.lines)
    return None if span is None else Replacement(*span, source.text[slice(*span)] * 2)


def swap_lines(random: Random, source: Source) -> Replacement | None:
    if len(source.lines) < 2:
        return None
    index = random.randrange(len(source.lines) - 1)
    (start, middle), (_, end) = source.lines[index : index + 2]
    return Replacement(start, end, source.text[middle:end] + source.text[start:middle])


def join_lines(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.lines)
    if span is None:
        return None
    line = source.text[slice(*span)]
    return Replacement(*span, line.rstrip("\r\n") + random.choice(("", " ", ", ", "; ")))


def split_line(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.tokens)
    if span is None:
        return None
    offset = random.choice(span)
    return Replacement(offset, offset, random.choice(("\n", "\n  ", "\r\n", "\r")))


def replace_line(random: Random, source: Source) -> Replacement | None:
    return replace_one(random, source.lines, random.choice(STRAY_TOKENS) + "\n")


def insert_line(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.lines)
    if span is None:
        return None
    return Replacement(span[0], span[0], f"  {random.choice(STRAY_TOKENS)}\n")


def truncate_file(random: Random, source: Source) -> Replacement | None:
    return Replacement(random.randint(0, len(source.text)), len(source.text), "")


def change_line_ends(random: Random, source: Source) -> Replacement | None:
    ending = random.choice(("\n", "\r\n", "\r"))
    return Replacement(0, len(source.text), LINE_END.sub(ending, source.text))


def add_byte_order_mark(random: Random, source: Source) -> Replacement | None:
    return Replacement(0, 0, "\ufeff")


# ---- damage to brackets, quotes and comments ---------------------------------------------------


def unbalance_bracket(random: Random, source: Source) -> Replacement | None:
    brackets = [
        span for sign in ("[", "]", "(", ")", "{", "}") for span in source.signs.get(sign, ())
    ]
    return replace_one(
        random, brackets, random.choice(("", "(", ")", "[", "]", "{", "}", "((", "))"))
    )


def unbalance_quote(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.tokens_by_kind.get("string", ()))
    if span is None:
        return None
    offset = random.choice((span[0], span[1] - 1))
    return Replacement(offset, offset + 1, random.choice(("", '""', "'", "“")))


def damage_string(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.tokens_by_kind.get("string", ()))
    if span is None:
        return None
    offset = random.randint(span[0] + 1, span[1] - 1)
    return Replacement(offset, offset, random.choice(BAD_ESCAPES))


def damage_number(random: Random, source: Source) -> Replacement | None:
    return replace_one(random, source.tokens_by_kind.get("number", ()), random.choice(BAD_NUMBERS))


def insert_comment(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.tokens)
    if span is None:
        return None
    offset = random.choice(span)
    comments = ("/* c */", " /* c */ ", "/**/", "// c", "/// c", "/* c\n d */", "/* c\n } */")
    return Replacement(offset, offset, random.choice(comments))


def open_comment(random: Random, source: Source) -> Replacement | None:
    offset = random.choice(pick(random, source.tokens) or (0,))
    return Replacement(offset, offset, random.choice(("/*", "*/", "/*/", "/")))


def comment_lines_out(random: Random, source: Source) -> Replacement | None:
    index = random.randrange(len(source.lines))
    start = source.lines[index][0]
    end = source.lines[min(index + random.randrange(8), len(source.lines) - 1)][1]
    return Replacement(start, end, f"/* {source.text[start:end]} */")


# ---- damage to headers and ends of blocks ------------------------------------------------------


def change_keyword(random: Random, source: Source) -> Replacement | None:
    return replace_group(random, source.headers, "keyword", random.choice(KEYWORDS))


def damage_block_name(random: Random, source: Source) -> Replacement | None:
    return replace_group(random, source.headers, "name", random.choice(BAD_NAMES))


def damage_header_end(random: Random, source: Source) -> Replacement | None:
    braces = [header.span("brace") for header in source.headers]
    return replace_one(random, braces, random.choice(ENDS_OF_HEADER))


def damage_block_end(random: Random, source: Source) -> Replacement | None:
    return replace_one(random, source.block_ends, random.choice(ENDS_OF_BLOCK))


def join_block_end(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.block_ends)
    if span is None or span[0] == 0:
        return None
    return Replacement(span[0] - 1, span[0], "")


# ---- damage to members -------------------------------------------------------------------------


def damage_field_name(random: Random, source: Source) -> Replacement | None:
    return replace_group(random, source.fields, "name", random.choice(BAD_NAMES))


def damage_type(random: Random, source: Source) -> Replacement | None:
    return replace_group(random, source.fields, "type", random.choice(TYPE_FORMS))


def add_colon(random: Random, source: Source) -> Replacement | None:
    return replace_group(random, source.fields, "name", random.choice(("{}:", "{} :", "{}::")))


def damage_arguments(random: Random, source: Source) -> Replacement | None:
    span = pick(random, source.arguments)
    if span is None:
        return None
    inside = source.text[span[0] + 1 : span[1] - 1]
    forms = ("({},)", "({},,)", "(,{})", "(,)", "()", "( )", "({} x)", "({}, x:)", "({}, x: )")
    more_forms = ("({}, y, z)", "( {} )", "({}", "{})", "(({}))", "({}, {{}})", "({}, {{ a: 1, }})")
    return Replacement(*span, random.choice(forms + more_forms).format(inside))


def damage_comma(random: Random, source: Source) -> Replacement | None:
    return replace_one(
        random, source.signs.get(",", ()), random.choice(("", ",,", ";", ", ,", ",\n"))
    )


def damage_argument_colon(random: Random, source: Source) -> Replacement | None:
    return replace_one(
        random, source.signs.get(":", ()), random.choice(("", "=", "::", ": :", " :"))
    )


def damage_at_sign(random: Random, source: Source) -> Replacement | None:
    at_signs = [*source.signs.get("@", ()), *source.signs.get("@@", ())]
    forms = ("", "@", "@@", "@@@", "@ ", "@@ ", "@ @", "@_", "@.", "@1", "@a-")
    return replace_one(random, at_signs, random.choice(forms))


def damage_dot(random: Random, source: Source) -> Replacement | None:
    return replace_one(
        random, source.signs.get(".", ()), random.choice(("", "..", " .", ". ", ".1"))
    )


DAMAGES: dict[str, Damage] = {
    damage.__name__.replace("_", "-"): damage
    for damage in (
        delete_token,
        duplicate_token,
        swap_tokens,
        replace_token,
        insert_token,
        insert_character,
        delete_character,
        delete_line,
        duplicate_line,
        swap_lines,
        join_lines,
        split_line,
        replace_line,
        insert_line,
        truncate_file,
        change_line_ends,
        add_byte_order_mark,
        unbalance_bracket,
        unbalance_quote,
        damage_string,
        damage_number,
        insert_comment,
        open_comment,
        comment_lines_out,
        change_keyword,
        damage_block_name,
        damage_header_end,
        damage_block_end,
        join_block_end,
        damage_field_name,
        damage_type,
        add_colon,
        damage_arguments,
        damage_comma,
        damage_argument_colon,
        damage_at_sign,
        damage_dot,
    )
}


def pick(random: Random, spans: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    return random.choice(spans) if spans else None


def replace_one(random: Random, spans: Sequence[tuple[int, int]], text: str) -> Replacement | None:
    span = pick(random, spans)
    return None if span is None else Replacement(*span, text)


def replace_group(
    random: Random, matches: Sequence[re.Match[str]], group: str, form: str
) -> Replacement | None:
    """Replace a group of one of the matches by a form in which `{}` is the text of the group."""
    if not matches:
        return None
    match = random.choice(matches)
    return Replacement(*match.span(group), form.replace("{}", match[group]))
