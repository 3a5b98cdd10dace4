"""What a schema means as a database, and the SQL that makes it."""
