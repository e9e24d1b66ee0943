"""Socket Mode: what is acknowledged and what not, and how connections are lost, replaced and explained."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from adapters.slack.connection import End
from adapters.slack.opening import SWITCHED_OFF, UNKNOWN_APP, UNREACHABLE, WORDS
from adapters.slack.socket import CONNECTING, NotAcked, Socket, Timings
from bot.errors import StoreUnavailable
from tests.slack_api.deliveries import Delivery
from tests.slack_api.faults import Faults
from tests.slack_api.people import Person
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.socket_mode import Reason

QUICK = Timings(open=5.0, ping=0.05, silence=0.5, look=0.02, linger=0.3, first_wait=0.01, longest_wait=0.05, steady=0.0)
Handled = Awaitable[dict[str, Any] | NotAcked | None]


@dataclass
class Office:
    """A socket at the stand-in, with a handler that waits at `gate`, and all troubles that it told."""

    api: SlackApi
    url: str
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    stuck: asyncio.Event = field(default_factory=asyncio.Event)  # the gate of those that say "stuck"
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], dict[str, Any] | NotAcked | None] = lambda _: None

    async def handle(self, kind: str, payload: dict[str, Any], attempt: int, reason: str) -> Any:
        del attempt, reason
        with self.api.changes.changing():
            self.begun.append(kind)
        await (self.stuck if payload.get("event", {}).get("text") == "stuck" else self.gate).wait()
        answer = self.answer(payload)
        with self.api.changes.changing():
            self.ended.append(kind)
        return answer

    @asynccontextmanager
    async def open(
        self, timings: Timings = QUICK, *, token: str = "", at_once: int = 500
    ) -> AsyncGenerator["tuple[Socket, asyncio.Task[None]]"]:
        """A socket that runs; nothing of it is left at the end."""
        before = asyncio.all_tasks()

        def noted() -> None:
            with self.api.changes.changing():
                self.troubles.append(socket.trouble)

        socket = Socket(
            token or self.api.app_token, self.url, self.handle, timings=timings, at_once=at_once, on_change=noted
        )
        running = asyncio.create_task(socket.run())
        try:
            yield socket, running
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            left = {task.get_name() for task in asyncio.all_tasks() - before - {running}}
            assert not {name for name in left if name.startswith("pulssi")}
            await self.api.until(lambda: not self.api.sockets.connections)

    async def well(self, opened: int = 1) -> None:
        """Until so many connections were opened and all is well."""
        await self.api.until(lambda: self.api.sockets.opened >= opened and self.troubles[-1:] == [""])


@pytest_asyncio.fixture
async def office() -> AsyncGenerator[Office]:
    api = SlackApi()
    async with serving(api) as url:
        yield Office(api, url)


@pytest.fixture
def mikko(office: Office) -> Person:
    return office.api.person("U0MIKKO", "Mikko")


def said(office: Office, person: Person, words: str = "hello") -> Delivery:
    person.say(words)
    return office.api.events[-1]


async def test_it_is_well_from_hello_on(office: Office) -> None:
    async with office.open() as (socket, _):
        assert socket.trouble == CONNECTING
        await office.well()
        assert socket.trouble == ""
        office.api.sockets.ping()
    assert socket.trouble == CONNECTING
    assert office.api.sockets.opened == 1


async def test_an_ack_comes_after_the_handling_and_with_its_answer(office: Office, mikko: Person) -> None:
    office.answer = lambda _: {"text": "seen"}
    async with office.open():
        await office.well()
        event, command = said(office, mikko), mikko.command("/survey")
        await office.api.until(lambda: len(office.begun) == 2)
        assert office.api.sockets.acks == []
        office.gate.set()
        assert (await event).acknowledged
        assert (await command).acknowledged
        # An answer goes where Slack accepts one alone.
        assert (event.body, command.body) == (None, {"text": "seen"})


async def test_what_took_too_long_is_not_acknowledged_and_still_done(office: Office, mikko: Person) -> None:
    office.api.deliveries.ack_seconds = 0.05
    office.api.deliveries.retry_at_once = False
    async with office.open(Timings(ack=0.0, look=0.02)):
        await office.well()
        event = await said(office, mikko)
        assert (event.acknowledged, event.trouble) == (False, "http_timeout")
        office.gate.set()
        await office.api.until(lambda: office.ended)
    assert office.api.sockets.acks == []


def failing(payload: dict[str, Any]) -> NotAcked | None:
    words = payload["event"]["text"]
    if words == "store":
        raise StoreUnavailable("away")
    if words == "bug":
        raise LookupError("a bug")
    return NotAcked.NOT_ACKED if words == "keep quiet" else None


async def test_what_could_not_be_stored_is_not_acknowledged(office: Office, mikko: Person) -> None:
    office.api.deliveries.ack_seconds = 0.2
    office.api.deliveries.retry_at_once = False
    office.gate.set()
    office.answer = failing
    async with office.open():
        await office.well()
        told = [said(office, mikko, words) for words in ("store", "bug", "keep quiet", "well")]
        assert [(await one).acknowledged for one in told] == [False, False, False, True]


async def test_one_that_is_stuck_holds_up_no_other(office: Office, mikko: Person) -> None:
    office.gate.set()
    async with office.open():
        await office.well()
        first = said(office, mikko, "stuck")
        others = [said(office, mikko) for _ in range(50)]
        assert all([(await one).acknowledged for one in others])
        office.stuck.set()
        assert (await first).acknowledged


async def test_too_many_at_once_are_left_to_slack(office: Office, mikko: Person) -> None:
    office.api.deliveries.retry_at_once = False
    office.api.deliveries.ack_seconds = 0.2
    async with office.open(at_once=1):
        await office.well()
        said(office, mikko)
        await office.api.until(lambda: office.begun)
        assert not (await said(office, mikko)).acknowledged
        assert len(office.begun) == 1
        office.gate.set()
        await office.api.until(lambda: office.ended)


async def test_a_dropped_connection_is_made_anew(office: Office, mikko: Person) -> None:
    office.gate.set()
    async with office.open():
        await office.well()
        office.api.sockets.drop()
        await office.well(opened=2)
        assert (await said(office, mikko)).acknowledged
    assert WORDS[End.LOST] in office.troubles


async def test_a_silent_connection_is_found_out_and_rebuilt(office: Office, mikko: Person) -> None:
    office.gate.set()
    async with office.open() as (socket, _):
        await office.well()
        office.api.sockets.refuse_connections()
        office.api.sockets.go_silent()
        await office.api.until(lambda: UNREACHABLE in office.troubles)
        assert WORDS[End.SILENT] in office.troubles
        assert socket.trouble == UNREACHABLE
        office.api.sockets.accept_connections()
        await office.well(opened=2)
        assert (await said(office, mikko)).acknowledged


async def test_a_refresh_loses_nothing(office: Office, mikko: Person) -> None:
    async with office.open() as (socket, _):
        await office.well()
        told = len(office.troubles)
        old = said(office, mikko)
        await office.api.until(lambda: office.begun)
        office.api.sockets.refresh()
        await office.well(opened=2)
        assert len(office.api.sockets.connections) == 2
        new = said(office, mikko)
        office.gate.set()
        assert (await old).acknowledged
        assert (await new).acknowledged
        await office.api.until(lambda: len(office.api.sockets.connections) == 1)
        assert socket.trouble == ""
        assert set(office.troubles[told:]) == {""}


async def test_a_refresh_without_a_successor_is_told_when_the_old_one_ends(office: Office) -> None:
    async with office.open() as (socket, _):
        await office.well()
        office.api.sockets.refuse_connections()
        office.api.sockets.refresh()
        asked = len(office.api.calls_of("apps.connections.open"))
        await office.api.until(lambda: len(office.api.calls_of("apps.connections.open")) > asked + 2)
        assert socket.trouble == ""
        office.api.sockets.drop()
        await office.api.until(lambda: not office.api.sockets.connections)
        await office.api.until(lambda: office.troubles[-1] == UNREACHABLE)
        office.api.sockets.accept_connections()
        await office.well(opened=2)


async def test_refused_connections_are_tried_again(office: Office) -> None:
    office.api.sockets.refuse_connections()
    async with office.open() as (socket, _):
        await office.api.until(lambda: len(office.api.calls_of("apps.connections.open")) > 3)
        assert socket.trouble == UNREACHABLE
        office.api.sockets.accept_connections()
        await office.well()


async def test_a_pause_that_slack_asks_for(office: Office) -> None:
    office.api.faults = Faults(planned={"apps.connections.open": ["429", "503", "close_before"]}, retry_after=1)
    async with office.open():
        await office.well()
    assert office.troubles[:2] == ["Slack asked for a pause.", UNREACHABLE]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("invalid_auth", UNKNOWN_APP),
        ("not_allowed_token_type", "begins with xapp-"),
        ("missing_scope", "connections:write"),
        ("socket_mode_disabled", SWITCHED_OFF),
    ],
)
async def test_a_wrong_app_token_is_explained(office: Office, error: str, words: str) -> None:
    office.api.sockets.refuse_connections(error)
    async with office.open() as (socket, _):
        await office.api.until(lambda: office.troubles)
        assert words in socket.trouble
        office.api.sockets.accept_connections()
        await office.well()


async def test_another_token_than_an_app_token(office: Office) -> None:
    async with office.open(token=office.api.bot_token):
        await office.api.until(lambda: "begins with xapp-" in "".join(office.troubles))
    async with office.open(token="xapp-1-A0-of-nobody"):
        await office.api.until(lambda: UNKNOWN_APP in office.troubles)


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        ("link_disabled", End.SWITCHED_OFF),
        ("socket_mode_disabled", End.SWITCHED_OFF),
        ("too_many_websockets", End.TOO_MANY),
    ],
)
async def test_why_slack_ends_a_connection_is_told(office: Office, reason: Reason, end: End) -> None:
    async with office.open():
        await office.well()
        office.api.sockets.disconnect(reason)
        await office.api.until(lambda: WORDS[end] in office.troubles)
        await office.well(opened=2)


async def test_the_end_waits_for_what_was_begun(office: Office, mikko: Person) -> None:
    async with office.open() as (_, running):
        await office.well()
        event = said(office, mikko)
        await office.api.until(lambda: office.begun)
        running.cancel()
        office.gate.set()
        assert (await event).acknowledged
        await asyncio.wait([running])
        assert office.ended == ["events_api"]


async def test_the_end_does_not_wait_for_ever(office: Office, mikko: Person) -> None:
    async with office.open(Timings(drain=0.05, look=0.02)) as (_, running):
        await office.well()
        office.api.sockets.go_silent()
        said(office, mikko)
        running.cancel()
        await asyncio.wait([running])
