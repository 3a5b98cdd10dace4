"""What a page of ours may run, as its content security policy says it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256


def allowed(text: str) -> str:
    """Return the hash by which a policy lets just this script or style through."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
