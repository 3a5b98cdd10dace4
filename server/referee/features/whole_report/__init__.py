"""The report on a whole schema and its migrations: values, their sections, and three formats."""
