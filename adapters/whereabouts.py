"""What platforms tell of people and places beside what happens to questions, and who keeps it."""

from dataclasses import dataclass
from typing import Protocol

from bot.address import Address
from bot.events import Person


@dataclass(frozen=True, slots=True)
class Here:
    """This person can be written to at this address: they opened it, unblocked us or wrote there (not told what)."""

    person: Person
    address: Address


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing can be sent there any more: we were blocked or removed, or the place was archived or deleted."""

    address: Address


@dataclass(frozen=True, slots=True)
class Migrated:
    """A group or channel lives on under another id: it became a supergroup, or is shared with another organisation.

    Telegram tells it twice, once from each side.
    """

    old: Address
    new: Address


class People(Protocol):
    """What the core keeps of who writes, and where."""

    async def meet(self, workspace: str, person: Person, address: Address) -> None: ...

    async def name(self, workspace: str, person: Person, address: Address) -> None: ...

    async def lose(self, workspace: str, address: Address) -> None: ...

    async def move(self, old: Address, new: Address) -> None: ...
