"""Reads PostgreSQL with its own parser, where the package `pgparse` (libpg_query) is installed.

The parser gives trees without the text of expressions and without the end of anything, so types and
expressions are cut out of the tokens at the places that the tree names. A script that it refuses is
read from its tokens, so that one mistake costs no more than its statement.
"""

from __future__ import annotations

import importlib
import importlib.util
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, TypeAlias

from referee.ddl.model import IndexMethod, IndexPart, Name, ReferentialAction
from referee.migrations.sql.cursor import Cursor, Unreadable
from referee.migrations.sql.cutting import cut_statements
from referee.migrations.sql.do_blocks import read_do_block
from referee.migrations.sql.later_grammar import is_of_a_later_version
from referee.migrations.sql.query_sources import read_sources
from referee.migrations.sql.statements import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterAction,
    AlterTable,
    AttachPartition,
    CheckSpec,
    ColumnSpec,
    CommentOn,
    ConstraintSpec,
    CreateEnum,
    CreateExtension,
    CreateIndex,
    CreateNamespace,
    CreateOtherType,
    CreateTable,
    CreateView,
    DataChange,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropExtension,
    DropIndex,
    DropNamespace,
    DropNotNull,
    DropTable,
    DropType,
    DropView,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    Opaque,
    OtherAction,
    PlacedStatement,
    PrimaryKeySpec,
    RenameColumn,
    RenameConstraint,
    RenameEnumValue,
    RenameIndex,
    RenameTable,
    RenameType,
    Script,
    SetDefault,
    SetIdentity,
    SetNamespace,
    SetNotNull,
    SetType,
    SetTypeNamespace,
    SetVariable,
    Span,
    SqlMistake,
    Statement,
    TransactionControl,
    UniqueSpec,
    ValidateConstraint,
)
from referee.migrations.sql.token_reader import opaque, read_statement
from referee.migrations.sql.tokens import Token, Tokens, split_at, tokenize
from referee.schema.providers import Provider

Node: TypeAlias = dict[str, Any]


@cache
def is_installed() -> bool:
    """Tell whether PostgreSQL's parser is here; some platforms have no wheel of it."""
    return importlib.util.find_spec("pgparse") is not None


def parse_with_postgres(provider: Provider, text: str) -> Script:
    """Read a script whose syntax PostgreSQL's parser judges.

    CockroachDB speaks the same language with words of its own, so there a refusal says nothing.
    """
    pgparse = importlib.import_module("pgparse")
    cut = tokenize(provider, text)
    comments = tuple(Span(comment.start, comment.end) for comment in cut.comments)
    is_checked = provider == "postgresql"
    try:
        trees: list[Node] = pgparse.parse(text)
    except pgparse.PGQueryError as error:
        at = max(0, min(error.position - 1, len(text)))
        number = bisect_left([token.end for token in cut.tokens], at + 1)
        if is_of_a_later_version(error.message, cut.tokens, number):
            is_checked = False
        mistakes = (SqlMistake(error.message, Span(at, at)),) if is_checked else ()
        return Script(_statements_of_tokens(provider, text, cut), mistakes, comments, is_checked)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        # It did not judge the script but failed on it: its trees can be too deep for Python, and a
        # panic of its compiled part is no `Exception`. So nothing is known of the syntax.
        return Script(_statements_of_tokens(provider, text, cut), (), comments, False)
    return Script(tuple(_statements(provider, text, cut, trees)), (), comments, is_checked)


def _statements_of_tokens(
    provider: Provider, text: str, cut: Tokens
) -> tuple[PlacedStatement, ...]:
    return tuple(
        read_statement(provider, text, tokens) for tokens in cut_statements(provider, cut.tokens)
    )


def _statements(
    provider: Provider, text: str, cut: Tokens, trees: Sequence[Node]
) -> Iterator[PlacedStatement]:
    places = _Places(text)
    starts = [token.start for token in cut.tokens]
    for tree in trees:
        begun = places.at(tree.get("stmt_location", 0))
        length = tree.get("stmt_len", 0)
        ended = places.at(tree.get("stmt_location", 0) + length) if length else len(text)
        tokens = cut.tokens[bisect_left(starts, begun) : bisect_left(starts, ended)]
        if tokens and tokens[-1].is_mark(";"):
            tokens = tokens[:-1]
        if not tokens:
            continue
        ((kind, node),) = tree["stmt"].items()
        yield _Reader(provider, text, tokens, places).placed(kind, node)


class _Places:
    """Turns the parser's offsets, which count bytes, into those of the text."""

    __slots__ = ("_offsets",)

    def __init__(self, text: str) -> None:
        self._offsets: list[int] | None = None
        if not text.isascii():
            offsets: list[int] = []
            for number, character in enumerate(text):
                offsets.extend([number] * len(character.encode()))
            offsets.append(len(text))
            self._offsets = offsets

    def at(self, offset: int) -> int:
        """Return where a byte is in the text."""
        if self._offsets is None:
            return offset
        return self._offsets[min(offset, len(self._offsets) - 1)]


class _Reader:
    """Reads one statement from its tree, and from its tokens what the tree does not hold."""

    def __init__(
        self, provider: Provider, text: str, tokens: Sequence[Token], places: _Places
    ) -> None:
        self.provider = provider
        self.text = text
        self.tokens = tokens
        self.places = places
        self.parts: tuple[Span, ...] = ()

    def placed(self, kind: str, node: Node) -> PlacedStatement:
        span = Span(self.tokens[0].start, self.tokens[-1].end)
        read = _READERS.get(kind)
        if read is not None:
            try:
                statement = read(self, node)
            except Unreadable:
                statement = None
            if statement is not None:
                return PlacedStatement(statement, span, self.parts)
        if kind == "VariableSetStmt":
            return read_statement(self.provider, self.text, self.tokens)
        return PlacedStatement(opaque(self.tokens), span)

    # ---- tokens ----

    def cursor(self, location: int | None = None) -> Cursor:
        """Return a cursor at a place of the tree, or at the beginning."""
        cursor = Cursor(self.provider, self.text, self.tokens)
        if location is not None:
            offset = self.places.at(location)
            cursor.at = bisect_left([token.start for token in self.tokens], offset)
        return cursor

    def cursor_behind(self, location: int, *words: str) -> Cursor:
        """Return a cursor behind the first of these words at or after a place."""
        cursor = self.cursor(location)
        while not cursor.take(*words):
            cursor.next()
        return cursor

    # ---- tables ----

    def create_table(self, node: Node) -> Statement:
        relation = node["relation"]
        columns: list[ColumnSpec] = []
        constraints: list[ConstraintSpec] = []
        is_unknown = bool({"inhRelations", "partbound", "ofTypename"} & set(node))
        for element in node.get("tableElts", ()):
            ((kind, inner),) = element.items()
            if kind == "ColumnDef":
                column, its_own = self.column(inner)
                columns.append(column)
                constraints.extend(its_own)
            elif kind == "Constraint":
                constraints.append(self.constraint(inner))
            else:
                is_unknown = True
        return CreateTable(
            _relation(relation),
            tuple(columns),
            tuple(constraints),
            node.get("if_not_exists", False),
            relation.get("relpersistence") == "t",
            is_unknown,
            partition_of=_relation(node["inhRelations"][0]["RangeVar"])
            if "partbound" in node
            else None,
        )

    def column(self, node: Node) -> tuple[ColumnSpec, tuple[ConstraintSpec, ...]]:
        name = node["colname"]
        type_text = self.cursor(node["typeName"]["location"]).type()
        is_not_null = counts_up = is_generated = False
        default: str | None = None
        constraints: list[ConstraintSpec] = []
        for each in node.get("constraints", ()):
            inner = each["Constraint"]
            kind, location = inner["contype"], inner.get("location", 0)
            if kind == "CONSTR_NOTNULL":
                is_not_null = True
            elif kind == "CONSTR_DEFAULT":
                default = self.cursor_behind(location, "default").expression()
            elif kind == "CONSTR_IDENTITY":
                counts_up = True
            elif kind == "CONSTR_GENERATED":
                is_generated = True
                cursor = self.cursor_behind(location, "as")
                default = cursor.sql(cursor.group())
            elif kind == "CONSTR_PRIMARY":
                constraints.append(PrimaryKeySpec((name,), inner.get("conname")))
            elif kind == "CONSTR_UNIQUE":
                constraints.append(UniqueSpec((name,), inner.get("conname")))
            elif kind == "CONSTR_CHECK":
                cursor = self.cursor_behind(location, "check")
                text = cursor.sql(cursor.group())
                constraints.append(CheckSpec(text, inner.get("conname"), name))
            elif kind == "CONSTR_FOREIGN":
                constraints.append(replace(_foreign_key(inner, (name,)), is_at_column=True))
        spec = ColumnSpec(name, type_text, is_not_null, default, counts_up, is_generated)
        return spec, tuple(constraints)

    def constraint(self, node: Node) -> ConstraintSpec:
        kind, name = node["contype"], node.get("conname")
        if kind == "CONSTR_PRIMARY":
            return PrimaryKeySpec(_strings(node, "keys"), name, node.get("indexname"))
        if kind == "CONSTR_UNIQUE":
            return UniqueSpec(_strings(node, "keys"), name, node.get("indexname"))
        if kind == "CONSTR_FOREIGN":
            return _foreign_key(node, _strings(node, "fk_attrs"))
        if kind == "CONSTR_CHECK":
            cursor = self.cursor_behind(node.get("location", 0), "check")
            text = cursor.sql(cursor.group())
            return CheckSpec(text, name, is_validated=not node.get("skip_validation", False))
        if kind == "CONSTR_EXCLUSION":
            return ExclusionSpec(name)
        raise Unreadable

    def alter_table(self, node: Node) -> Statement | None:
        if node.get("objtype", "OBJECT_TABLE") != "OBJECT_TABLE":
            return None
        pieces = self.pieces_of_alter_table()
        actions = [
            self.action(each["AlterTableCmd"], piece)
            for each, piece in zip(node["cmds"], pieces, strict=True)
        ]
        return AlterTable(_relation(node["relation"]), tuple(actions), _is_forgiving(node))

    def pieces_of_alter_table(self) -> list[tuple[Token, ...]]:
        """Return the tokens of each part of ALTER TABLE, and note their places."""
        cursor = self.cursor()
        cursor.expect("alter", "table")
        cursor.take_if_exists()
        cursor.take("only")
        cursor.name()
        cursor.take_mark("*")
        pieces = list(split_at(cursor.rest(), ","))
        self.parts = tuple(Span(piece[0].start, piece[-1].end) for piece in pieces)
        return pieces

    def action(self, node: Node, piece: tuple[Token, ...]) -> AlterAction:
        kind, name = node["subtype"], node.get("name", "")
        is_cascading = node.get("behavior") == "DROP_CASCADE"
        if kind == "AT_AddColumn":
            column, constraints = self.column(node["def"]["ColumnDef"])
            return AddColumn(column, constraints, _is_forgiving(node))
        if kind == "AT_DropColumn":
            return DropColumn(name, _is_forgiving(node), is_cascading)
        if kind == "AT_AlterColumnType":
            type_text = self.cursor(node["def"]["ColumnDef"]["typeName"]["location"]).type()
            using = None
            if "raw_default" in node["def"]["ColumnDef"]:
                using = _sql_behind(self.text, piece, "using")
            return SetType(name, type_text, using)
        if kind == "AT_ColumnDefault":
            if "def" not in node:
                return DropDefault(name)
            cursor = Cursor(self.provider, self.text, piece)
            while not cursor.take("set", "default"):
                cursor.next()
            return SetDefault(name, cursor.expression())
        if kind == "AT_SetNotNull":
            return SetNotNull(name)
        if kind == "AT_DropNotNull":
            return DropNotNull(name)
        if kind in ("AT_AddIdentity", "AT_DropIdentity"):
            return SetIdentity(name, kind == "AT_AddIdentity")
        if kind == "AT_AddConstraint":
            return AddConstraint(self.constraint(node["def"]["Constraint"]))
        if kind == "AT_DropConstraint":
            return DropConstraint(name, _is_forgiving(node), is_cascading)
        if kind == "AT_ValidateConstraint":
            return ValidateConstraint(name)
        if kind in ("AT_AttachPartition", "AT_DetachPartition"):
            partition = _relation(node["def"]["PartitionCmd"]["name"])
            return AttachPartition(partition, kind == "AT_AttachPartition")
        return OtherAction(Cursor(self.provider, self.text, piece).sql(piece))

    # ---- indexes ----

    def create_index(self, node: Node) -> Statement:
        cursor = self.cursor(node["relation"]["location"])
        cursor.name()
        if cursor.take("using"):
            cursor.identifier()
        pieces = list(split_at(cursor.group(), ","))
        parts = tuple(
            self.index_part(each["IndexElem"], piece)
            for each, piece in zip(node["indexParams"], pieces, strict=True)
        )
        predicate: str | None = None
        if "whereClause" in node:
            while not cursor.take("where"):
                if cursor.peek().is_mark("("):
                    cursor.group()
                else:
                    cursor.next()
            predicate = cursor.sql(cursor.rest())
        included = tuple(each["IndexElem"]["name"] for each in node.get("indexIncludingParams", ()))
        method = node.get("accessMethod", "btree")
        index = IndexSpec(
            node.get("idxname"),
            parts,
            node.get("unique", False),
            _METHODS.get(method, "other"),
            predicate,
            included,
        )
        return CreateIndex(
            _relation(node["relation"]),
            index,
            node.get("concurrent", False),
            node.get("if_not_exists", False),
        )

    def index_part(self, node: Node, piece: tuple[Token, ...]) -> IndexPart:
        column, expression = node.get("name"), None
        if column is None:
            read = Cursor(self.provider, self.text, piece).index_part()
            column, expression = read.column, read.expression
        classes = _strings(node, "opclass")
        return IndexPart(
            column,
            expression,
            node.get("ordering") == "SORTBY_DESC",
            None,
            classes[-1] if classes else None,
        )

    # ---- renaming and moving ----

    def rename(self, node: Node) -> Statement | None:
        kind = node["renameType"]
        if kind in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
            return RenameType(_qualified(node["object"]), node["newname"])
        relation = node.get("relation")
        if relation is None:
            return None
        name, new_name = _relation(relation), node["newname"]
        if kind == "OBJECT_INDEX":
            return RenameIndex(name, new_name, _is_forgiving(node))
        if kind in ("OBJECT_VIEW", "OBJECT_MATVIEW"):
            return AlterTable(name, (RenameTable(Name(None, new_name)),), _is_forgiving(node))
        action: AlterAction
        if kind == "OBJECT_TABLE":
            action = RenameTable(Name(None, new_name))
        elif kind == "OBJECT_COLUMN" and node.get("relationType") == "OBJECT_TABLE":
            action = RenameColumn(node["subname"], new_name)
        elif kind == "OBJECT_TABCONSTRAINT":
            action = RenameConstraint(node["subname"], new_name)
        else:
            return None
        self.pieces_of_alter_table()
        return AlterTable(name, (action,), _is_forgiving(node))

    def set_namespace(self, node: Node) -> Statement | None:
        kind = node["objectType"]
        if kind in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
            return SetTypeNamespace(_qualified(node["object"]), node["newschema"])
        action = SetNamespace(node["newschema"])
        if kind in ("OBJECT_VIEW", "OBJECT_MATVIEW"):
            return AlterTable(_relation(node["relation"]), (action,), _is_forgiving(node))
        if kind != "OBJECT_TABLE":
            return None
        self.pieces_of_alter_table()
        return AlterTable(_relation(node["relation"]), (action,), _is_forgiving(node))

    # ---- dropping ----

    def drop(self, node: Node) -> Statement | None:
        kind = node["removeType"]
        objects = node["objects"]
        if_exists = _is_forgiving(node)
        is_cascading = node.get("behavior") == "DROP_CASCADE"
        if kind == "OBJECT_SCHEMA":
            names = tuple(each["String"]["sval"] for each in objects)
            return DropNamespace(names, if_exists, is_cascading)
        if kind == "OBJECT_EXTENSION":
            return DropExtension(tuple(each["String"]["sval"] for each in objects))
        if kind in ("OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_TRIGGER"):
            return self.of_tokens(node)
        if kind not in _DROPPED:
            return None
        full_names = tuple(_qualified(each) for each in objects)
        if kind == "OBJECT_TABLE":
            return DropTable(full_names, if_exists, is_cascading)
        if kind == "OBJECT_INDEX":
            return DropIndex(full_names, None, if_exists, node.get("concurrent", False))
        if kind in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
            return DropType(full_names, if_exists, is_cascading)
        return DropView(full_names, if_exists, is_cascading)

    # ---- types, namespaces, views ----

    def create_enum(self, node: Node) -> Statement:
        return CreateEnum(_name_of(_strings(node, "typeName")), _strings(node, "vals"))

    def alter_enum(self, node: Node) -> Statement:
        name = _name_of(_strings(node, "typeName"))
        value = node["newVal"]
        if "oldVal" in node:
            return RenameEnumValue(name, node["oldVal"], value)
        neighbour = node.get("newValNeighbor")
        is_after = node.get("newValIsAfter", False)
        return AddEnumValue(
            name,
            value,
            None if is_after else neighbour,
            neighbour if is_after else None,
            node.get("skipIfNewValExists", False),
        )

    def composite_type(self, node: Node) -> Statement:
        return CreateOtherType(_relation(node["typevar"]))

    def domain(self, node: Node) -> Statement:
        base = self.cursor(node["typeName"]["location"]).type()
        return CreateOtherType(_name_of(_strings(node, "domainname")), base)

    def range_type(self, node: Node) -> Statement:
        return CreateOtherType(_name_of(_strings(node, "typeName")))

    def define(self, node: Node) -> Statement | None:
        if node.get("kind") != "OBJECT_TYPE":
            return None
        return CreateOtherType(_name_of(_strings(node, "defnames")))

    def create_namespace(self, node: Node) -> Statement | None:
        name = node.get("schemaname")
        return None if name is None else CreateNamespace(name, node.get("if_not_exists", False))

    def create_extension(self, node: Node) -> Statement:
        options = [each["DefElem"] for each in node.get("options", ())]
        return CreateExtension(
            node["extname"], any(each["defname"] == "cascade" for each in options)
        )

    def view(self, node: Node) -> Statement:
        name = _relation(node["view"])
        return self.view_of(CreateView(name, node.get("replace", False)))

    def view_of(self, view: CreateView) -> CreateView:
        """Return a view with what its query reads, which stands in the tokens."""
        cursor = self.cursor_behind(0, "view")
        while not cursor.take("as"):
            cursor.next()
        read = read_sources(cursor, cursor.rest())
        return replace(view, tables=read.tables, columns=read.columns)

    def table_of_query(self, node: Node) -> Statement:
        relation = node["into"]["rel"]
        if node.get("objtype") == "OBJECT_MATVIEW":
            return self.view_of(CreateView(_relation(relation), is_materialized=True))
        return CreateTable(
            _relation(relation),
            if_not_exists=node.get("if_not_exists", False),
            is_temporary=relation.get("relpersistence") == "t",
            has_unknown_shape=True,
        )

    def foreign_table(self, node: Node) -> Statement:
        base = node["base"] if "base" in node else node["baseStmt"]
        return CreateView(_relation(base["relation"]), base.get("if_not_exists", False))

    def of_tokens(self, node: Node) -> Statement | None:
        """Read what the tokens tell as well as the tree."""
        found = read_statement(self.provider, self.text, self.tokens).statement
        return None if isinstance(found, Opaque) else found

    # ---- rows and the session ----

    def select(self, node: Node) -> Statement | None:
        into = node.get("intoClause")
        if into is None:
            # set_config(...) is read as SET is, from tokens.
            found = read_statement(self.provider, self.text, self.tokens).statement
            return found if isinstance(found, SetVariable) else None
        relation = into["rel"]
        return CreateTable(
            _relation(relation),
            is_temporary=relation.get("relpersistence") == "t",
            has_unknown_shape=True,
        )

    def insert(self, node: Node) -> Statement:
        columns = tuple(each["ResTarget"]["name"] for each in node.get("cols", ()))
        return DataChange("insert", (_relation(node["relation"]),), columns)

    def update(self, node: Node) -> Statement:
        columns = tuple(each["ResTarget"]["name"] for each in node.get("targetList", ()))
        return DataChange("update", (_relation(node["relation"]),), columns)

    def delete(self, node: Node) -> Statement:
        return DataChange("delete", (_relation(node["relation"]),))

    def merge(self, node: Node) -> Statement:
        return DataChange("merge", (_relation(node["relation"]),))

    def truncate(self, node: Node) -> Statement:
        tables = tuple(_relation(each["RangeVar"]) for each in node["relations"])
        return DataChange("truncate", tables)

    def copy(self, node: Node) -> Statement | None:
        if not node.get("is_from") or "relation" not in node:
            return None
        return DataChange("copy", (_relation(node["relation"]),))

    def transaction(self, node: Node) -> Statement | None:
        kind = node["kind"]
        if kind in ("TRANS_STMT_BEGIN", "TRANS_STMT_START"):
            return TransactionControl("begin")
        if kind == "TRANS_STMT_COMMIT":
            return TransactionControl("commit")
        if kind in ("TRANS_STMT_ROLLBACK", "TRANS_STMT_ROLLBACK_TO"):
            return TransactionControl("rollback")
        return TransactionControl("savepoint") if kind == "TRANS_STMT_SAVEPOINT" else None

    def comment(self, node: Node) -> Statement:
        return CommentOn()

    def do_block(self, node: Node) -> Statement:
        def read(text: str, tokens: Sequence[Token]) -> PlacedStatement:
            return read_statement(self.provider, text, tokens)

        return read_do_block(self.provider, self.text, self.tokens, read)


_READERS: dict[str, Callable[[_Reader, Node], Statement | None]] = {
    "CreateStmt": _Reader.create_table,
    "AlterTableStmt": _Reader.alter_table,
    "IndexStmt": _Reader.create_index,
    "RenameStmt": _Reader.rename,
    "AlterObjectSchemaStmt": _Reader.set_namespace,
    "DropStmt": _Reader.drop,
    "CreateEnumStmt": _Reader.create_enum,
    "AlterEnumStmt": _Reader.alter_enum,
    "CompositeTypeStmt": _Reader.composite_type,
    "CreateDomainStmt": _Reader.domain,
    "CreateRangeStmt": _Reader.range_type,
    "DefineStmt": _Reader.define,
    "CreateSchemaStmt": _Reader.create_namespace,
    "CreateExtensionStmt": _Reader.create_extension,
    "ViewStmt": _Reader.view,
    "CreateTableAsStmt": _Reader.table_of_query,
    "CreateForeignTableStmt": _Reader.foreign_table,
    "CreateTrigStmt": _Reader.of_tokens,
    "CreateFunctionStmt": _Reader.of_tokens,
    "SelectStmt": _Reader.select,
    "InsertStmt": _Reader.insert,
    "UpdateStmt": _Reader.update,
    "DeleteStmt": _Reader.delete,
    "MergeStmt": _Reader.merge,
    "TruncateStmt": _Reader.truncate,
    "CopyStmt": _Reader.copy,
    "TransactionStmt": _Reader.transaction,
    "CommentStmt": _Reader.comment,
    "DoStmt": _Reader.do_block,
}
_DROPPED = frozenset(
    [
        "OBJECT_TABLE",
        "OBJECT_FOREIGN_TABLE",
        "OBJECT_INDEX",
        "OBJECT_TYPE",
        "OBJECT_DOMAIN",
        "OBJECT_VIEW",
        "OBJECT_MATVIEW",
    ]
)
_METHODS: dict[str, IndexMethod] = {
    "btree": "btree",
    "hash": "hash",
    "gist": "gist",
    "gin": "gin",
    "spgist": "spgist",
    "brin": "brin",
}
_ACTIONS: dict[str, ReferentialAction] = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}


def _foreign_key(node: Node, columns: tuple[str, ...]) -> ForeignKeySpec:
    return ForeignKeySpec(
        columns,
        _relation(node["pktable"]),
        _strings(node, "pk_attrs"),
        _ACTIONS[node.get("fk_del_action", "a")],
        _ACTIONS[node.get("fk_upd_action", "a")],
        node.get("conname"),
        not node.get("skip_validation", False),
    )


def _relation(node: Node) -> Name:
    return Name(node.get("schemaname"), node["relname"])


def _strings(node: Node, key: str) -> tuple[str, ...]:
    return tuple(each["String"]["sval"] for each in node.get(key, ()))


def _name_of(parts: Sequence[str]) -> Name:
    return Name(parts[-2] if len(parts) > 1 else None, parts[-1])


def _qualified(node: Node) -> Name:
    """Return the name in a list of strings, or in the name of a type."""
    ((kind, inner),) = node.items()
    items = inner["names"] if kind == "TypeName" else inner["items"]
    return _name_of([each["String"]["sval"] for each in items])


def _is_forgiving(node: Node) -> bool:
    """Tell whether IF EXISTS, or IF NOT EXISTS of a part of ALTER TABLE, is written."""
    return bool(node.get("missing_ok", False))


def _sql_behind(text: str, tokens: Sequence[Token], word: str) -> str:
    depth = 0
    for number, token in enumerate(tokens):
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth -= 1
        elif depth == 0 and token.is_word(word):
            rest = tokens[number + 1 :]
            return Cursor("postgresql", text, rest).sql(rest)
    raise Unreadable
