"""Measures time and memory, beside the tools that people use today; `make bench` runs it."""
