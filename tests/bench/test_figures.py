"""What the benchmark writes: tables, and each part into its own place of a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.figures import Table, markdown, write_behind_marker

PAGE = """\
# Figures

<!-- measured: bench -->

old schemas
<!-- end -->

Between.

<!-- measured: migrations -->
<!-- end -->
"""


def test_a_part_that_is_written_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    write_behind_marker(page, "<!-- measured: migrations -->", "new migrations \\1")
    assert page.read_text("utf-8") == PAGE.replace(
        "<!-- measured: migrations -->\n",
        "<!-- measured: migrations -->\n\nnew migrations \\1\n",
    )
    write_behind_marker(page, "<!-- measured: bench -->", "new schemas")
    text = page.read_text("utf-8")
    assert "old schemas" not in text
    assert text.index("new schemas") < text.index("Between.") < text.index("new migrations")


def test_a_page_without_the_place_is_not_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Figures\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="measured: bench"):
        write_behind_marker(page, "<!-- measured: bench -->", "new")
    assert page.read_text("utf-8") == "# Figures\n"


def test_columns_that_are_no_comparison_have_no_ratios() -> None:
    table = Table("t", ("open", "edit"), is_comparison=False, notes=["Without b."])
    table.row("a").add("open", 0.5)
    table.row("a").add("edit", 1.5)
    assert markdown(table).splitlines()[2:] == [
        "|  | open median | open p95 | edit median | edit p95 |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| a | 500 ms | 500 ms | 1,500 ms | 1,500 ms |",
        "",
        "Without b.",
    ]
    table.is_comparison = True
    assert "edit ÷ open" in markdown(table)
    assert "3.0 ×" in markdown(table)
