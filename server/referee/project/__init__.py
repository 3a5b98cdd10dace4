"""From a folder to documents and settings: which files are a schema, and how to judge them."""
