"""From the text of a migration to statements as plain values, for each dialect of SQL."""
