"""What is to be told about the words of Prisma's schema language, as tables of texts.

Each word has one entry: what holds everywhere, and what holds on one database. A test asks for
every word that Prisma's validator knows, on each database that allows it.
It deliberately knows no schema, no place in a text and no editor.
"""
