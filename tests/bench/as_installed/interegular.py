"""Stands in for a package of the development environment that users of Referee do not have.

Lark checks every regular expression of a grammar against every other one where it finds
interegular, which makes reading the grammar several times as slow.
"""

raise ImportError("measured as installed, without the tools of development")
