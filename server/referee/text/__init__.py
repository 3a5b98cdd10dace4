"""Strings, offsets, positions and edits; it deliberately knows nothing of Prisma."""
