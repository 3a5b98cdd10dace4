"""What rules see of one file, for tests that ask about a schema without judging it."""

from __future__ import annotations

from referee.schema.facts import DatasourceFacts, ModelFacts
from referee.schema.lowering import lower_block
from referee.schema.providers import database_of
from referee.schema.view import SchemaView, build_view
from referee.syntax.blocks import LineMemo
from referee.syntax.source import read_source
from referee.syntax.tree import Block


def view_of(text: str) -> SchemaView:
    """Return what rules see of one file."""
    blocks = [item for item in read_source(text, LineMemo()).items if isinstance(item, Block)]
    found = [facts for block in blocks if (facts := lower_block(block)) is not None]
    datasource = next((each for each in found if isinstance(each, DatasourceFacts)), None)
    models = [each for each in found if isinstance(each, ModelFacts)]
    return build_view(database_of(datasource), models)
