"""The application on a real uvicorn in this process, with a clock that the test moves, and a client with a key."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from typing_extensions import override

from adapters.http.app import make_app
from adapters.http.parts import Parts
from adapters.webchat.sessions import Sessions
from adapters.webchat.stream import Hub
from bot.address import parse_address
from bot.events import Arrival, Delivered, InvitationEvent, ScoreChosen
from bot.service.asking import Asking
from bot.service.commands import Commands
from bot.service.context import Context, ensure_workspace
from bot.service.membership import Membership
from bot.service.people import People
from bot.service.recording import Recording
from bot.service.summaries import Summaries
from bot.settings import Settings
from storage.engine import make_engine
from storage.keys import Keyring
from storage.store import DatabaseStore
from storage.tables import TABLES
from storage.tokens import RandomIds, SignedTokens

PROBLEM = "application/problem+json"
MONDAY_NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


class SteeredClock:
    """Stands still until a test moves it."""

    def __init__(self, at: datetime = MONDAY_NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class Api:
    """A running application; `client` is for `/api/v1` with the key of the workspace `default`, `bare` for `/`."""

    parts: Parts
    store: DatabaseStore
    clock: SteeredClock
    url: str
    secret: str
    client: httpx.AsyncClient
    bare: httpx.AsyncClient

    async def ask(self, to: str = "webchat:mikko", **more: Any) -> httpx.Response:
        headers = more.pop("headers", {})
        return await self.client.post("/invitations", json={"survey": "csat", "to": to, **more}, headers=headers)

    async def asked(self, to: str = "webchat:mikko", **more: Any) -> str:
        answer = await self.ask(to, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["invitation"])

    async def happens(self, invitation: str, event: InvitationEvent, to: str = "webchat:mikko") -> None:
        event_id = f"{invitation}-{event!r}-{self.clock.at}"
        await self.store.record(
            Arrival(event_id=event_id, workspace="default", address=parse_address(to), event=event,
                    invitation=invitation)
        )  # fmt: skip

    async def answered(self, to: str, score: int, **more: Any) -> str:
        """A question to `to` that was seen and answered now."""
        invitation = await self.asked(to, **more)
        await self.happens(invitation, Delivered(), to)
        await self.happens(invitation, ScoreChosen(score), to)
        return invitation

    async def workspace(self, name: str) -> httpx.AsyncClient:
        """A client of another workspace on the same server."""
        await self.store.write(lambda uow: ensure_workspace(uow, self.parts.context, name))
        _, secret = await self.parts.membership.create_key(name, "another")
        return client_of(self.url, secret)


def client_of(url: str, secret: str | None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=10)


async def make_tables(url: str, keyring: Keyring) -> None:
    engine = make_engine(url, keyring)
    async with engine.begin() as connection:
        await connection.run_sync(TABLES.create_all)
    await engine.dispose()


@asynccontextmanager
async def running(url: str, keyring: Keyring, clock: SteeredClock | None = None) -> AsyncGenerator[Api]:
    """The application over this database, whose tables are there; each use is a process of its own to the database."""
    engine = make_engine(url, keyring)
    steered = clock or SteeredClock()
    context = Context(Settings(), steered, RandomIds(), SignedTokens(keyring), frozenset({"webchat"}))
    store = DatabaseStore(engine, keyring, steered, context.ids.secret(), Recording(context))
    parts = _parts(context, store)
    writer = asyncio.create_task(store.run())
    try:
        await store.write(lambda uow: ensure_workspace(uow, context, "default"))
        _, secret = await parts.membership.create_key("default", "test")
        async with (
            _listening(parts) as base,
            client_of(base, secret) as client,
            httpx.AsyncClient(base_url=base, timeout=10) as bare,
        ):
            yield Api(parts, store, steered, base, secret, client, bare)
    finally:
        store.close()
        await writer
        await engine.dispose()


def _parts(context: Context, store: DatabaseStore) -> Parts:
    asking, membership = Asking(store, context), Membership(store, context)
    summaries, people = Summaries(store, context), People(store, context)
    return Parts(
        settings=context.settings,
        context=context,
        store=store,
        asking=asking,
        membership=membership,
        summaries=summaries,
        people=people,
        commands=Commands(store, context, asking, membership, summaries, people),
        sessions=Sessions(context.tokens, context.clock, context.ids, None),
        hub=Hub(store, context.tokens),
    )


class _Server(uvicorn.Server):
    """uvicorn that says when it listens, and leaves the signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def _listening(parts: Parts) -> AsyncGenerator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _Server(uvicorn.Config(make_app(parts), log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.listening.wait()
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


def problem(answer: httpx.Response, status: int, title: str) -> str:
    """The detail of a problem that is as it must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body = answer.json()
    assert (body["status"], body["title"]) == (status, title)
    assert body["type"] == "urn:pulssi:problem:" + title.lower().replace(" ", "-")
    return str(body["detail"])


async def some_cursor(api: Api) -> str:
    """One that a list gave, with answers before and after it."""
    await api.answered("webchat:liisa", 4)
    await api.answered("webchat:pekka", 4)
    return str((await api.client.get("/responses", params={"limit": 1})).json()["next"])
