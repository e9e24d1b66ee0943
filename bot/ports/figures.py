"""What figures and the weekly message are read from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.address import Address
from bot.destinations import Destination
from bot.invitation import Invitation
from bot.prompts import Prompt
from bot.spans import Every
from bot.steps import HistoryEntry
from bot.workspace import Customer


class Rollups(Protocol):
    async def sums(
        self, survey_ids: Collection[int], first: date, last: date, dimension: str = "all"
    ) -> Mapping[tuple[int, date, str, str], int]:
        """`(survey, day, key, measure) -> n`, base and deltas together."""
        ...

    async def unfolded(self) -> bool:
        """Is there anything to fold?"""
        ...

    async def fold(self, limit: int) -> int:
        """Folds the oldest deltas into the base; how many."""
        ...


@dataclass(frozen=True, slots=True)
class SummaryDecision:
    """What was decided about a local week, day or month: `week` is its text (`bot.spans`)."""

    workspace: str
    week: str
    state: str
    decided_at: datetime
    posted_at: datetime | None = None
    figures: Any = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the message comes and since when; `schedule` is at what local time, as text, `scheduled` since when."""

    every: Every
    since: datetime
    schedule: str | None = None
    scheduled: datetime | None = None


class Summaries(Protocol):
    async def decide(self, decision: SummaryDecision) -> bool:
        """True for the one that decided; False when the week had its decision already."""
        ...

    async def newest(self, workspace: str, every: Every = Every.WEEK) -> SummaryDecision | None:
        """About the latest span of that kind."""
        ...

    async def rhythm(self, workspace: str) -> Rhythm | None:
        """As it was when somebody last looked; None before the first look."""
        ...

    async def keep_rhythm(self, workspace: str, rhythm: Rhythm) -> None: ...

    async def get(self, workspace: str, week: str) -> SummaryDecision | None: ...

    async def posted(self, workspace: str, week: str, now: datetime) -> None: ...

    async def note_post(self, workspace: str, week: str, now: datetime) -> None:
        """Remembers that this week's message was put on its way, scheduled or on demand."""
        ...

    async def note_quotes(
        self, workspace: str, addresses: Collection[Address], quotes: Sequence[tuple[str, str]]
    ) -> None:
        """Remembers which lines quote which invitations' words: they go from the messages when the words go."""
        ...

    async def quoted(self, address: Address, lines: Sequence[str]) -> Sequence[tuple[str, str]]:
        """Which of these lines quote which invitations' words at that place, as `(invitation, line)`."""
        ...

    async def posts(self, workspace: str, week: str) -> int:
        """How often this week's message was put on its way."""
        ...


class Fate(StrEnum):
    """What became of a week's message at one destination. `FELL_BACK`: the owners read it in their own chats."""

    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"
    FELL_BACK = "fell_back"
    UNDELIVERABLE = "undeliverable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One week's message at one destination; there is one of a workspace, week and place.

    `reason` is a short code for why it could not be posted, `since` when it was put on its way. While nobody could be
    reached it is due again at `due_at`, after `tries` tries, and `message` is kept, unless it waits in the outbox.
    """

    workspace: str
    week: str
    destination: Destination
    fate: Fate
    since: datetime
    reason: str = ""
    tries: int = 0
    due_at: datetime | None = None
    message: Prompt | None = None
    id: int = 0


class Postings(Protocol):
    async def begin(self, posting: Posting) -> Posting:
        """Stores it in the place of an older one of that week and place; with its id."""
        ...

    async def get(self, posting: int) -> Posting | None:
        """As it is now; nobody else changes it until this transaction ends."""
        ...

    async def change(self, posting: Posting) -> None: ...

    async def drop(self, posting: Posting) -> None: ...

    async def of_week(self, workspace: str, week: str) -> Sequence[Posting]: ...

    async def unsettled(self, before: datetime) -> Sequence[Posting]:
        """Of all workspaces: the undeliverable ones, and those that have been on their way since before that moment."""
        ...

    async def undeliverable(self, workspace: str) -> Sequence[Posting]:
        """Those that nobody has read, the oldest week first."""
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer with everything about it, for export, the API and the comments of a summary."""

    invitation: Invitation
    customer: Customer | None
    history: Sequence[HistoryEntry] = ()


class Responses(Protocol):
    async def page(
        self, workspace: str, first: date | None, last: date | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Recorded]:
        """Answers and late words by first answer time and id, `after` exclusive; tests are left out."""
        ...

    async def attributes(
        self, workspace: str, first: date | None, last: date | None, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[Collection[str], tuple[datetime, str] | None]:
        """The names of the attributes of the next `limit` answers that say something, in the order of `page`.

        And where the last of them stands, to go on `after`; None at the end.
        """
        ...

    async def commented(self, workspace: str, first: date, last: date, limit: int) -> Sequence[Recorded]:
        """The newest answers with words of those local days, oldest first; tests and erased words are left out."""
        ...

    async def low(
        self, workspace: str, bands: Mapping[int, tuple[int, int]], first: date, last: date, limit: int
    ) -> Sequence[Recorded]:
        """The newest answers of those local days within the band of their survey version (by its id, ends included).

        Newest first; tests are left out.
        """
        ...

    async def rescored(self, survey_ids: Collection[int], first: date, last: date, since: datetime) -> int:
        """How many people who first answered on those local days changed their score after `since`; tests left out."""
        ...

    async def crews(self, workspace: str, first: date, last: date, limit: int) -> Mapping[tuple[str, str], int]:
        """How many agents each team, touchpoint and tag has, by dimension and key.

        By the newest `limit` invitations decided on those days (UTC, a day's leeway). What is older is not looked at,
        so that the cost has a bound; a crew may then seem smaller, never larger.
        """
        ...
