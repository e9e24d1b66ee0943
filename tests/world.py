"""A small world for tests: one process of Pulssi over a real database, with a clock that the test moves."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.webchat.channel import WebChat
from bot.address import Address
from bot.events import Arrival, CustomerEvent, Delivered, InvitationEvent, Outcome
from bot.invitation import Interaction, Invitation
from bot.ports import Channel, StoredMessage, UnitOfWork
from bot.service.asked import Asked, AskRequest
from bot.service.asking import Asking
from bot.service.context import Context, ensure_workspace
from bot.service.recording import Recording
from bot.service.summaries import Summaries
from bot.service.ticking import Ticking
from bot.service.undelivered import Undelivered
from bot.settings import Settings
from bot.values import replace
from bot.workspace import Customer
from scheduler.delivery import Delivery
from storage.engine import make_engine
from storage.keys import Keyring
from storage.rollups import Difference, verify
from storage.store import DatabaseStore
from storage.tables import TABLES
from storage.tokens import SignedTokens
from tests.builders import NOON

PATIENCE_SECONDS = 15
CLAIM_SECONDS = 0.1


class TestClock:
    """`bot.ports.Clock` that stands still until it is moved."""

    __test__ = False

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, **gap: float) -> datetime:
        """Moves on by as much as `timedelta` takes; the new time."""
        self.at += timedelta(**gap)
        return self.at


class CountedIds:
    """`bot.ports.Ids` that count; two processes are told apart by their prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._numbers = count(1)

    def new(self) -> str:
        return f"{self._prefix}{next(self._numbers):05}"

    def secret(self) -> str:
        return f"secret-{self.new()}"

    def code(self) -> str:
        return f"code-{self.new()}"


def person(name: str) -> Address:
    """The web chat's address of this visitor."""
    return Address("webchat", name, user=name)


@dataclass
class World:
    """One process: the use cases, its store with a running writer, perhaps a sender, and short ways to use them."""

    owner: str
    engine: AsyncEngine
    keyring: Keyring
    clock: TestClock
    context: Context
    store: DatabaseStore
    asking: Asking
    summaries: Summaries
    ticking: Ticking
    undelivered: Undelivered
    channels: Mapping[str, Channel]
    writer: asyncio.Task[None]
    delivery: Delivery | None = None
    committed: asyncio.Event = field(default_factory=asyncio.Event)
    _events: Any = field(default_factory=lambda: count(1))

    async def ask(self, who: str = "kim", survey: str = "csat", **more: Any) -> Asked:
        """A person's ask in the web chat; `ticket` is short for an interaction with it, `more` as `AskRequest` has."""
        about = more.pop("about", Interaction(ticket=more.pop("ticket", None)))
        to = more.pop("to", person(who))
        request = AskRequest(workspace="default", survey=survey, to=to, by="staff", about=about)
        return await self.asking.ask(replace(request, **more))

    async def asked(self, who: str = "kim", survey: str = "csat", **more: Any) -> Invitation:
        """As `ask`; the invitation that was made."""
        made = (await self.ask(who, survey, **more)).invitation
        assert made is not None
        return made

    async def sent(self, who: str = "kim", survey: str = "csat", **more: Any) -> Invitation:
        """Asked, delivered, and seen by the person."""
        made = await self.asked(who, survey, **more)
        await self.quiet()
        await self.tells(Delivered(), made, who)
        return await self.invitation(made.id)

    def arrival(
        self,
        event: InvitationEvent | CustomerEvent,
        invitation: Invitation | str | None = None,
        who: str = "kim",
        event_id: str = "",
    ) -> Arrival:
        named = invitation.id if isinstance(invitation, Invitation) else invitation
        new = event_id or f"event-{self.owner}-{next(self._events)}"
        return Arrival(event_id=new, workspace="default", address=person(who), event=event, invitation=named)

    async def tells(
        self,
        event: InvitationEvent | CustomerEvent,
        invitation: Invitation | str | None = None,
        who: str = "kim",
        event_id: str = "",
    ) -> Outcome:
        """An event of this person, recorded."""
        return await self.store.record(self.arrival(event, invitation, who, event_id))

    async def invitation(self, named: str) -> Invitation:
        async with self.store.reading() as uow:
            return (await uow.invitations.load([named]))[named]

    async def customer(self, who: str = "kim") -> Customer:
        async with self.store.reading() as uow:
            found = await uow.customers.at("default", person(who))
        assert found is not None
        return found

    async def history(self, invitation: Invitation) -> list[Any]:
        async with self.store.reading() as uow:
            return list((await uow.invitations.history([invitation.id])).get(invitation.id, ()))

    async def messages(self, who: str = "kim") -> Sequence[StoredMessage]:
        """What the web chat shows this person."""
        async with self.store.reading() as uow:
            return await uow.messages.newest("default", person(who), 50)

    async def funnel(self) -> dict[str, int]:
        """All measures of all surveys and days, over everybody."""
        found: dict[str, int] = {}
        async with self.store.reading() as uow:
            ids = [v.id for v in await uow.surveys.versions("default")]
            day = self.clock.now().date()
            sums = await uow.rollups.sums(ids, day - timedelta(days=999), day + timedelta(days=999))
        for (_survey, _day, _key, measure), n in sums.items():
            found[measure] = found.get(measure, 0) + n
        return {measure: n for measure, n in found.items() if n}

    async def differences(self) -> list[Difference]:
        return await verify(self.engine)

    async def rows(self, statement: str) -> list[Any]:
        """What SQL finds, past our own code."""
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]

    async def execute(self, *statements: str) -> None:
        async with self.engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))

    async def outbox(self) -> int:
        return int((await self.rows("SELECT count(*) FROM outbox"))[0][0])

    async def quiet(self) -> None:
        """Until nothing waits in the outbox; looks after each commit, and claims what nobody has in hand."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                self.committed.clear()
                if not await self.outbox():
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(CLAIM_SECONDS):
                        await self.committed.wait()
                        continue
                if self.delivery is not None:
                    await self.delivery.claim()

    async def decided(self) -> list[tuple[str, str]]:
        """The weekly decisions: week and state, oldest first."""
        return [(week, state) for week, state in await self.rows("SELECT week, state FROM summary ORDER BY week")]

    async def set(self, **settings: str) -> None:
        """What the owner sets in chat."""

        async def job(uow: UnitOfWork) -> None:
            found = await uow.workspaces.get("default")
            assert found is not None
            await uow.workspaces.change(replace(found, settings={**found.settings, **settings}))

        await self.store.write(job)


@asynccontextmanager
async def world(
    url: str,
    keyring: Keyring,
    *,
    clock: TestClock | None = None,
    owner: str = "a",
    channels: Sequence[Channel] = (),
    delivers: bool = True,
    **settings: Any,
) -> AsyncGenerator[World]:
    """A process on the database at `url`, whose schema and workspace `default` it makes if they are missing.

    `owner` tells replicas apart. Without `delivers` nobody sends. `settings` are the environment's, and `learned` the
    accounts that no setting tells.
    """
    async with AsyncExitStack() as stack:
        engine = make_engine(url, keyring)
        stack.push_async_callback(engine.dispose)
        async with engine.begin() as connection:
            await connection.run_sync(TABLES.create_all)
        made = _assemble(engine, keyring, clock or TestClock(), owner, settings)
        all_channels = {"webchat": WebChat(made.store, made.clock), **{one.name: one for one in channels}}
        made = replace(made, channels=all_channels, context=replace(made.context, channels=frozenset(all_channels)))
        made = replace(made, asking=Asking(made.store, made.context), undelivered=Undelivered(made.store, made.context))
        made.store.after_commit(lambda _: made.committed.set())
        stack.push_async_callback(_drain, made)
        await made.store.write(lambda uow: ensure_workspace(uow, made.context, "default"))
        if delivers:
            made.delivery = await stack.enter_async_context(
                Delivery(made.store, all_channels, made.clock, made.context)
            )
            made.store.sent_by(made.delivery.takes, made.delivery.undone)
            made.store.after_commit(made.delivery.offer)
        yield made


def _assemble(
    engine: AsyncEngine,
    keyring: Keyring,
    clock: TestClock,
    owner: str,
    settings: dict[str, Any],
) -> World:
    learned = settings.pop("learned", {})
    chosen = Settings(**{"_env_file": None, "timezone": "Europe/Helsinki", **settings})
    context = Context(chosen, clock, CountedIds(owner), SignedTokens(keyring), frozenset(), dict(learned))
    store = DatabaseStore(engine, keyring, clock, owner, Recording(context))
    return World(
        owner,
        engine,
        keyring,
        clock,
        context,
        store,
        Asking(store, context),
        Summaries(store, context),
        Ticking(store, context),
        Undelivered(store, context),
        {},
        asyncio.create_task(store.run(), name=f"writer-{owner}"),
    )


async def _drain(made: World) -> None:
    made.store.close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await made.writer


async def next_turn() -> None:
    """Until every task that was made before has come as far as it can."""
    turn = asyncio.Event()
    asyncio.get_running_loop().call_soon(turn.set)
    await turn.wait()
