"""What lenses say, worked out for those that are looked at, and kept while relations stay."""

from __future__ import annotations

from referee.features.delete_tree import delete_tree
from referee.features.lenses import lens_title
from referee.schema.view import SchemaView


class LensTitles:
    """The titles of the lenses of one schema, by model."""

    def __init__(self) -> None:
        self._relations: tuple[object, ...] = ()
        self._titles: dict[str, str] = {}

    def title(self, view: SchemaView, model: str) -> str:
        """Return what the lens over a model says."""
        # All that a delete depends on; comparing what has not changed costs next to nothing.
        relations = (
            view.database,
            view.relations,
            view.incoming_keys,
            view.joined,
            view.model_names(),
        )
        if relations != self._relations:
            self._relations = relations
            self._titles.clear()
        title = self._titles.get(model)
        if title is None:
            title = self._titles[model] = lens_title(delete_tree(view, model))
        return title
