"""Where the pages of the codes can be read.

It deliberately knows no code: any word has an address.
"""

from __future__ import annotations

# Without a slash at the end; None as long as nowhere.
# Every link that Referee gives, in reports and in editors, is made from it.
DOCUMENTATION_ADDRESS: str | None = None


def documentation_address(code: str) -> str | None:
    """Return where the page of a code can be read; None if pages are nowhere to be read."""
    return None if DOCUMENTATION_ADDRESS is None else f"{DOCUMENTATION_ADDRESS}/{code}"
