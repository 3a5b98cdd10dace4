"""Verdicts against real databases: a schema is created, the deed is done, and both are compared."""
