"""The customers of a file: who is stored by now, and who comes in with the next rows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.workspace import Customer

REMEMBERED: Final = 50_000  # so that one who answered often is looked up once


@dataclass(slots=True)
class People:
    """By name: the ids of those who are stored (`known`), and those who were met in the file and are not (`met`)."""

    known: dict[str, str] = field(default_factory=dict)
    met: dict[str, Customer] = field(default_factory=dict)

    def strangers(self, names: Iterable[str]) -> Collection[str]:
        """Those of the names of a block of rows that are to be looked up; forgets the others when there are many."""
        if len(self.known) > REMEMBERED:
            self.known.clear()
        return {name for name in names if name and name not in self.known and name not in self.met}

    def new(self, names: Collection[str]) -> Mapping[str, Customer]:
        """Who of them is to be stored, in one order for all imports: two that add the same people wait in a line."""
        return {name: self.met[name] for name in sorted(names) if name in self.met}

    def id_of(self, name: str) -> str | None:
        """None for no name. Everybody else was met."""
        if not name:
            return None
        found = self.known.get(name)
        return self.met[name].id if found is None else found

    def settle(self, stored: Mapping[str, str]) -> None:
        """These are stored under these ids."""
        self.known.update(stored)
        for name in stored:
            self.met.pop(name, None)
