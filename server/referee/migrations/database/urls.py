"""Addresses of databases in the forms that Prisma takes, and their passwords kept out of sight.

It deliberately opens no connection. Sources of the forms: Prisma's reference of connection URLs
for PostgreSQL, MySQL and SQLite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode, urlsplit

from referee.migrations.database.statements import Dialect

_SCHEMES: dict[str, Dialect] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_PORTS: dict[Dialect, int] = {"postgresql": 5432, "mysql": 3306, "sqlite": 0}
_HIDDEN = "****"


class BadUrl(ValueError):
    """The text is no address of a database that we can use; the message holds no password."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is and who asks.

    `socket` is the folder of the socket in PostgreSQL and the socket itself in MySQL, where it
    takes the place of host and port. `file` is a database of SQLite, None for one in memory.
    `namespace` is Prisma's `?schema=`. `options` holds the other parameters as written.
    """

    dialect: Dialect
    database: str = ""
    host: str = "localhost"
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    socket: str | None = None
    file: Path | None = None
    namespace: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """The address in Prisma's form, with its password: for programs, never for people."""
        return self._written(quote(self.password, safe=""), self.options)

    def __str__(self) -> str:
        shown = {
            key: _HIDDEN if value and _SECRET_KEY.search(key) else value
            for key, value in self.options.items()
        }
        return self._written(_HIDDEN if self.password else "", shown)

    def redact(self, text: str) -> str:
        """Return a text without what is secret of this address.

        A password that is also the name of the user, say, is told from it by its place alone.
        """
        named = (value for key, value in self.options.items() if _SECRET_KEY.search(key))
        public = {
            self.dialect, self.database, self.host, str(self.port), self.user, self.namespace or "",
            *_SCHEMES,
        }  # fmt: skip
        return redact(text, {self.password, *named} - public)

    def _written(self, password: str, options: Mapping[str, str]) -> str:
        if self.dialect == "sqlite":
            return f"file:{self.file}" if self.file is not None else "file::memory:"
        parameters = dict(options)
        if self.namespace is not None:
            parameters["schema"] = self.namespace
        if self.socket is not None:
            parameters["host" if self.dialect == "postgresql" else "socket"] = self.socket
            if self.dialect == "postgresql" and self.port != _PORTS[self.dialect]:
                parameters["port"] = str(self.port)
        user = quote(self.user, safe="") + (f":{password}" if password else "")
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.socket is None else ""
        asked = "?" + urlencode(parameters, quote_via=quote, safe="/*") if parameters else ""
        at = f"{user}@" if user else ""
        return f"{self.dialect}://{at}{host}{port}/{quote(self.database, safe='')}{asked}"


def parse_url(text: str, base: Path | None = None) -> Address:
    """Read an address; a relative file of SQLite is taken from `base`. Raises BadUrl."""
    text = text.strip().strip("\"'")
    scheme, colon, rest = text.partition(":")
    if not colon:
        raise BadUrl("the address has no scheme, such as postgresql:// or file:")
    if scheme.lower() in {"file", "sqlite"}:
        return _sqlite_address(rest, base)
    if scheme.lower() in {"prisma", "prisma+postgres"}:
        raise BadUrl(
            f"`{scheme.lower()}` is the address of a proxy of Prisma; give that of the database "
            "itself, which begins with postgresql:// or mysql://"
        )
    dialect = _SCHEMES.get(scheme.lower())
    if dialect is None:
        raise BadUrl(
            f"`{_shown_scheme(scheme)}` is not among postgresql, mysql and file; other databases "
            "cannot be asked"
        )
    return _server_address(text, dialect)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without the passwords of addresses in it, nor any of the secrets given.

    A secret is found as a word of its own, plain or encoded: as a part of another one it is none.
    """
    text = _ADDRESS.sub(_without_password, text)
    for secret in sorted(filter(None, set(secrets)), key=len, reverse=True):
        text = _pattern_of(secret).sub(_HIDDEN, text)
    return _PASSWORD_AS_PARAMETER.sub(lambda found: (found[1] or found["sql"]) + _HIDDEN, text)


def _without_password(match: re.Match[str]) -> str:
    """Return an address without its password, which may hold signs that should be encoded."""
    head, tail = match.groups()
    authority = re.split(r"[/?#]", tail, maxsplit=1)[0]
    if authority.isdigit() and head.lower().startswith("http"):
        return match.group()  # a port
    end = authority.rfind("@")
    path, _, asked = tail[max(end, 0) + 1 :].partition("?")
    is_encoded = (
        end >= 0
        and "@" not in path
        and all("@" not in each or _ASSIGNMENT.match(each) for each in asked.split("&"))
    )
    # Where the @ that ends it cannot be told, the last one does.
    return f"{head}{_HIDDEN}{tail[end if is_encoded else tail.rindex('@') :]}"


def _pattern_of(secret: str) -> re.Pattern[str]:
    """Return what finds a secret as it is, and encoded for an address in any of the usual ways."""
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    forms |= {_ENCODED.sub(lambda found: found.group().lower(), form) for form in forms}
    written = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{written})(?!\w)")


_SECRET_KEY = re.compile(r"password|passwd|pwd|secret|token|api_?key|sslidentity", re.IGNORECASE)
_ENCODED = re.compile(r"%[0-9A-F]{2}")
_ASSIGNMENT = re.compile(r"\w+=")
# An address to the end of its word, cut before what may be its password.
_ADDRESS = re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/?@]*:)([^\s\"'`]*@[^\s\"'`]*)")
_PASSWORD_AS_PARAMETER = re.compile(
    r"((?:password|passwd|pwd|secret|token|api_?key)\s*=\s*)('[^']*'|[^\s&;\"'`]+)"
    r"|(?P<sql>\b(?:password|identified\s+by)\s+)'(?:[^']|'')*'",
    re.IGNORECASE,
)


def _shown_scheme(scheme: str) -> str:
    """Return a scheme that may be shown: what is no word may be part of a password."""
    return scheme if re.fullmatch(r"[a-zA-Z][a-zA-Z+.-]{0,20}", scheme) else "this"


def _sqlite_address(rest: str, base: Path | None) -> Address:
    path, _, asked = rest.partition("?")
    if path.startswith("//"):
        path = "/" + path.lstrip("/") if path.startswith("///") else path[2:]
    path = unquote(path)
    if path in {"", ":memory:"} or "mode=memory" in asked:
        return Address("sqlite")
    file = Path(path)
    return Address("sqlite", file=file if base is None else base / file)


def _server_address(text: str, dialect: Dialect) -> Address:
    # A password with a raw # or / would be cut off there; what was read is checked, not guessed.
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS[dialect]
        host = unquote(parts.hostname or "")
    except ValueError:
        raise BadUrl(
            "the address cannot be read: signs such as @ : / # in a password must be encoded"
        ) from None
    if parts.fragment:
        raise BadUrl("the address holds a #, which must be written %23 in a password")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    namespace = options.pop("schema", None) if dialect == "postgresql" else None
    socket = _socket(options, host, dialect)
    if "port" in options and socket is not None and options["port"].isdigit():
        port = int(options.pop("port"))
    return Address(
        dialect,
        database=unquote(parts.path.removeprefix("/")),
        host=host or "localhost",
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        socket=socket,
        namespace=namespace or None,
        options=options,
    )


def _socket(options: dict[str, str], host: str, dialect: Dialect) -> str | None:
    if dialect == "mysql":
        return options.pop("socket", None)
    if options.get("host", "").startswith("/"):
        return options.pop("host")
    return host if host.startswith("/") else None
