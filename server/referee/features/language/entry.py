"""The form in which a word of the language is described, for all databases or for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from referee.schema.providers import PROVIDER_TITLES, PROVIDERS, Database, Provider


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be told about one word.

    `form` is how it is written. `text` holds on every database that has it, `notes` on one each,
    `general` is said where no datasource names one, and `emulated` instead of a note where Prisma
    Client plays the referential actions of a database that could play them itself. `providers`
    are the databases that have the word, and `instead` says what the others offer.
    """

    form: str
    text: str
    notes: Mapping[Provider, str] = field(default_factory=dict)
    general: str = ""
    emulated: str = ""
    providers: tuple[Provider, ...] = PROVIDERS
    instead: str = ""

    def is_in(self, provider: Provider | None) -> bool:
        """Tell whether a database has this; an unknown one gets the benefit of the doubt."""
        return provider is None or provider in self.providers


def entry_text(entry: Entry, database: Database) -> str:
    """Return the sentences about a word that hold on a database, one paragraph."""
    return " ".join(_sentences(entry, database))


def _sentences(entry: Entry, database: Database) -> Iterator[str]:
    provider = database.provider
    yield entry.text
    if provider is None:
        if entry.general:
            yield entry.general
        elif len(entry.providers) < len(PROVIDERS):
            verb = "has" if len(entry.providers) == 1 else "have"
            yield f"Only {titles(entry.providers)} {verb} it."
        return
    if not entry.is_in(provider):
        instead = entry.instead or f"only {titles(entry.providers)} can"
        yield f"{database.title} does not have it; {instead}."
        return
    if database.is_emulated and entry.emulated and provider != "mongodb":
        yield entry.emulated
    elif provider in entry.notes:
        yield entry.notes[provider]


def titles(providers: tuple[Provider, ...]) -> str:
    """Return databases by the names that people use: "MySQL and MongoDB"."""
    names = [PROVIDER_TITLES[provider] for provider in providers]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


SQL: tuple[Provider, ...] = tuple(provider for provider in PROVIDERS if provider != "mongodb")
