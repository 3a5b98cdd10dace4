"""Says what a test needs from the machine, and what becomes of the test without it.

A person who lacks a tool sees a skipped test that names the tool and how to get it.
On CI nothing may be skipped for want of a tool, so there the same test fails.
This module deliberately does not know how any tool is found: the caller looks, and says.
"""

from __future__ import annotations

import os

import pytest

NOT_ON_CI = frozenset({"", "0", "false", "no"})


def need(tool: str, how: str, present: bool, *, ci_has_it: bool = True) -> None:
    """Go on if `tool` is present; otherwise skip the test, or fail it on CI.

    What CI cannot install by itself, `ci_has_it=False`, is skipped there as well.

    `how` completes the sentence "to get it, ...", as in
    `need("node", "install Node 20 or newer", shutil.which("node") is not None)`.
    Called at module level, it skips the whole module.
    """
    if present:
        return
    reason = f"needs {tool}, which is not here; to get it, {how}"
    if is_on_ci() and ci_has_it:
        pytest.fail(f"{reason} (CI may not skip this)", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


def is_on_ci() -> bool:
    """Tell whether the variable CI is set to something other than a spelled-out no."""
    return os.environ.get("CI", "").strip().lower() not in NOT_ON_CI
