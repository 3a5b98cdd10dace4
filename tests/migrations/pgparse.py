"""What tests of PostgreSQL's own parser need: the package `pgparse`, where it has a wheel."""

from __future__ import annotations

import platform
import sys

from referee.migrations.sql.postgres_reader import is_installed
from tests.support.needs import need

HAS_WHEEL = sys.version_info >= (3, 11) and (sys.platform, platform.machine()) in {
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
}


def require_pgparse() -> None:
    """Go on if the parser is here; skip the test, or fail it on CI where there is a wheel."""
    need("pgparse", "install Referee with its extra `pgparse`", is_installed(), ci_has_it=HAS_WHEEL)
