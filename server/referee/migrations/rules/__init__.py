"""Rules about migrations: one file a code, its docstring the page of the documentation."""
