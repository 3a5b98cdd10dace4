"""What migrations do: reading their SQL, replaying it, comparing it with the schema, judging it."""
