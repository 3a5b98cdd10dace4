"""One run of `referee check`: what was asked for, and where; shared by the parts of the command."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from referee.cli.arguments import Arguments
from referee.cli.configuring import Configurations
from referee.cli.selection import Selection
from referee.project.configuration import Configuration
from referee.project.reading import SourceText, Unreadable
from referee.project.roots import SchemaFiles


@dataclass(slots=True)
class Run:
    """What was asked for, and what is known so far.

    `buffers` hold what standard input says a file is; `has_mark` tells that it began with a byte
    order mark.
    """

    arguments: Arguments
    folder: Path
    selection: Selection
    configurations: Configurations
    buffers: dict[Path, SourceText | Unreadable] = field(default_factory=dict)
    has_mark: bool = False

    @property
    def shown_from(self) -> Path:
        """The folder that paths are relative to; GitHub wants them from its workspace on."""
        workspace = os.environ.get("GITHUB_WORKSPACE")
        if self.arguments.format == "github" and workspace:
            path = Path(workspace).resolve()
            if self.folder.is_relative_to(path):
                return path
        return self.folder


@dataclass(frozen=True, slots=True)
class Case:
    """A schema to judge, with the configuration that counts for it."""

    schema: SchemaFiles
    configuration: Configuration
