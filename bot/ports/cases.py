"""Low-score cases, as the core stores and finds them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.address import Address
from bot.cases import Case, CaseState, Turn


@dataclass(frozen=True, slots=True)
class Untold:
    """A case with news; `heard` are those of the asked places (`Address.place`) that know already."""

    case: Case
    heard: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that shows a case: where it stands, the platform's id of it, and its language."""

    address: Address
    message: str
    locale: str


class Cases(Protocol):
    async def note(self, turns: Sequence[tuple[str, str, Turn]], now: datetime) -> None:
        """Keeps what `(workspace, invitation, turn)` mean (`bot.cases.Turn`); a repeat changes nothing."""
        ...

    async def get(self, invitation: str, *, lock: bool = False) -> Case | None:
        """`lock` keeps another member's press from deciding meanwhile."""
        ...

    async def change(self, case: Case) -> None:
        """Keeps state, member, outcome, sentence and what became of it."""
        ...

    async def shown(self, invitation: str) -> Sequence[Shown]:
        """The newest message of each place that shows it."""
        ...

    async def note_shown(self, invitation: str, shown: Shown) -> None: ...

    async def waiting(self, workspace: str, limit: int = 1000) -> Sequence[Case]:
        """Those that nobody has taken, the oldest first."""
        ...

    async def unfinished(self, workspace: str, limit: int, after: str | None = None) -> Sequence[Case]:
        """Those that are not done, the oldest first; without the case `after`, an invitation's id, and older ones."""
        ...

    async def counts(self, workspace: str) -> Mapping[CaseState, tuple[int, datetime]]:
        """Of those that are not done: how many in each state, and since when the oldest is open."""
        ...

    async def unheard(self, now: datetime) -> Collection[str]:
        """The workspaces in which something waits to be told, and was not put off beyond `now`."""
        ...

    async def untold(
        self,
        workspace: str,
        places: Collection[Address],
        limit: int,
        *,
        now: datetime | None = None,
        lock: bool = False,
    ) -> Sequence[Untold]:
        """The oldest with news, given `now` without those that are put off; `lock` keeps other processes from telling
        them meanwhile."""
        ...

    async def free(self, workspace: str, places: Collection[Address], before: datetime) -> Collection[str]:
        """Those of the places (`Address.place`) that were told nothing since then. A look that need not write."""
        ...

    async def claim(self, workspace: str, place: Address, now: datetime, before: datetime) -> bool:
        """True for the one process that may tell the place something now: it was told nothing since `before`."""
        ...

    async def put_off(self, invitations: Collection[str], until: datetime) -> None:
        """Their news waits: they stand in nobody else's way before `until`."""
        ...

    async def note_told(self, told: Mapping[str, Collection[Address]], over: Collection[str], now: datetime) -> None:
        """By invitation, the places that know all there is; `over` are those of which no place has to hear any more."""
        ...
