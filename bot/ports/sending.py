"""Messages on their way: channels, the outbox, and what a web chat shows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from bot.address import Address
from bot.prompts import Prompt
from bot.steps import View

LEASE = timedelta(seconds=30)
LONGEST_HOLD = timedelta(seconds=10)  # what has to wait longer for its turn goes back, well before its lease ends


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is decided and not yet delivered. `asks` marks the question itself: its delivery counts.

    `message` is the platform's id of the message to replace; empty means a new one. `id` is 0 and `created_at`
    None until stored. `week` marks a weekly message, and `posting` says for which destination it is meant, wherever it
    goes; its picture, where that is a message of its own, has the posting alone.

    `alone`: only the address's user sees it, though others read there. `reply` is the platform's way to answer what
    this person just did (Slack's response URL): `old …` takes the place of what was pressed, `new …` stands beside it.
    It ends soon, and the address is where the message goes otherwise.

    `lasting`: it matters after a day, too. `shows` is the case (by its invitation) that the message shows to the team,
    so that it can be changed when the case does; `tells` the one whose customer it tells what became of it.

    With a `view` the words are made when it is sent, from the invitation as it stands then, and `prompt` is empty until
    that: while a platform's limits let few messages through, nobody waits for the words of thousands.
    """

    workspace: str
    address: Address
    prompt: Prompt
    invitation: str | None = None
    message: str = ""
    asks: bool = False
    week: str | None = None
    posting: int | None = None
    alone: bool = False
    reply: str = ""
    view: View | None = None
    shows: str | None = None
    tells: str | None = None
    lasting: bool = False
    id: int = 0
    attempts: int = 0
    created_at: datetime | None = None


class Receipt(msgspec.Struct, frozen=True):
    """What the platform said to a send. `delivered` is False where only the page knows that it was seen."""

    message: str = ""
    delivered: bool = True


class Channel(Protocol):
    """A way to people. `send` may be called twice for one dispatch and must then do no harm that it can avoid.

    Errors: `RecipientUnreachable` (no retry), `Moved` (again at the new address), `TryAgainLater` (retry, after its
    `after`); anything else is retried too.
    """

    @property
    def name(self) -> str: ...

    @property
    def account(self) -> str:
        """The bot or team that it sends as; empty where there is none. It sends to addresses of this account alone."""
        ...

    @property
    def sends(self) -> bool:
        """Does this process send there now? A vendor's bot has one sender over all processes, so that limits hold."""
        ...

    def turn(self, dispatch: Dispatch) -> datetime:
        """Takes the next turn that the platform's limits allow: from when on `send` may be called; never waits."""
        ...

    def apart(self, dispatch: Dispatch) -> timedelta:
        """How far apart rows of this kind come back when their turns are far away; zero for all at once."""
        ...

    def free_from(self, dispatch: Dispatch) -> datetime:
        """From when on a turn of this kind is free; unlike `turn` it takes none. Asked where `apart` is not zero."""
        ...

    async def send(self, dispatch: Dispatch) -> Receipt: ...


class Reach(msgspec.Struct, frozen=True):
    """Which rows a process may claim: those of `mine`, as (channel, account), and those of channels that it does not
    have, unless a bot's sender holds them; never those of its own channels (`known`) that another process sends for."""

    mine: frozenset[tuple[str, str]]
    known: frozenset[str]


class Outbox(Protocol):
    async def add(self, dispatches: Sequence[Dispatch], now: datetime) -> None:
        """Stores them leased to this process, if it sends there, and hands them to its sender after the commit."""
        ...

    async def claimable(self, now: datetime, reach: Reach | None = None) -> bool:
        """Is there something to claim? A look that need not write."""
        ...

    async def claim(self, now: datetime, limit: int, reach: Reach | None = None) -> Sequence[Dispatch]:
        """Due rows, leased to this process; the oldest of each place only, so that a place keeps its order.

        Answers to people come before questions.
        """
        ...

    async def sweep(self, before: datetime) -> int:
        """Drops what was stored before that moment for a vendor's bot: nobody runs it any more; how many."""
        ...

    async def release(self) -> int:
        """Gives back what is leased to this process, for another or for the next start; how many."""
        ...

    async def done(self, dispatch: Dispatch) -> None: ...

    async def again(self, dispatch: Dispatch, at: datetime, error: str) -> None: ...

    async def newer(self, dispatch: Dispatch) -> Dispatch | None:
        """The newest message about the same invitation that waits for the same place behind this one."""
        ...

    async def holds(self, invitation: str) -> bool:
        """Does a message about this invitation wait?"""
        ...

    async def postpone(self, moments: Sequence[tuple[Dispatch, datetime]]) -> None:
        """Gives each row back for its moment without counting an attempt: nothing was tried."""
        ...

    async def drop_of(self, invitation: str) -> bool:
        """Takes back what waits for this invitation; False when nothing waited."""
        ...

    async def drop_all(self, invitations: Collection[str]) -> Collection[str]:
        """As `drop_of` for many at once; those for which something waited."""
        ...

    async def of_posting(self, posting: int, *, lock: bool = True) -> Sequence[Dispatch]:
        """What waits of a weekly message that was meant for one destination; `lock` keeps others from changing it."""
        ...

    async def waiting(self, workspace: str) -> Mapping[str, Any]:
        """`{"rows", "oldest", "errors"}` for doctor."""
        ...

    async def waiting_everywhere(self) -> Mapping[str, Mapping[str, Any]]:
        """`{"rows", "oldest", "errors"}` by workspace for /readyz, `errors` as their number; without rows left out.

        Only of what this installation delivers itself: how a vendor's bot stands is told apart from it.
        """
        ...


class StoredMessage(msgspec.Struct, frozen=True):
    """A web chat message in its newest revision; `seq` grows over all messages."""

    seq: int
    id: str
    at: datetime
    prompt: Prompt
    first_seq: int = 0


class Messages(Protocol):
    async def put(self, workspace: str, address: Address, message: StoredMessage, invitation: str | None) -> int:
        """Adds or replaces by id; the new `seq`."""
        ...

    async def newest(self, workspace: str, address: Address, limit: int) -> Sequence[StoredMessage]:
        """The last ones, in the order in which they first appeared."""
        ...

    async def after(self, workspace: str, address: Address, seq: int) -> Sequence[StoredMessage]: ...

    async def get(self, workspace: str, address: Address, message: str) -> StoredMessage | None:
        """The one of this id in its newest revision, if it stands at this address."""
        ...

    async def newest_seq(self) -> int:
        """The `seq` to begin asking `changed_places` with; 0 without messages."""
        ...

    async def changed_places(self, seq: int) -> tuple[int, Collection[str]]:
        """The highest `seq` and the digests of the places that got something after `seq`."""
        ...
