"""Endurance: random edits, hostile texts, and memory over a long time."""
