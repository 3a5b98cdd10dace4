"""Referee judges the relations of Prisma schemas, in an editor and on the command line.

The version below is the only one: the package metadata is built from it, and reading it costs
no import of the package metadata at run time.
"""

__version__ = "0.1.0"
