"""Databases that start by themselves, connections to them, and their catalogs as a model.

It deliberately knows no Prisma schema and no migrations folder: it runs the scripts that it is
given, and says what the database then holds or why it refused.
"""
