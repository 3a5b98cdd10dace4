"""How the files are called in which Prisma looks for its own settings."""

from __future__ import annotations

_ENDINGS = ("ts", "js", "mjs", "cjs", "mts", "cts")
CONFIG_NAMES = tuple(f"prisma.config.{ending}" for ending in _ENDINGS)
CONFIG_FOLDER = ".config"
CONFIG_NAMES_INSIDE = tuple(f"prisma.{ending}" for ending in _ENDINGS)
