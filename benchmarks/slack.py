"""Slack: durable taps by HTTP beside Bolt's own listener that stores nothing."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
from slack_sdk.signature import SignatureVerifier

from adapters.slack.render import message
from benchmarks.http import spread
from benchmarks.place import Place
from benchmarks.report import Line, percentile
from benchmarks.sample import asked_at
from benchmarks.server import Server, cpu_seconds, serving
from benchmarks.telegram import Measured
from benchmarks.wire import Wire
from bot import prompts
from bot.address import Address
from bot.bootstrap import Pulssi
from bot.invitation import Invitation, State
from bot.settings import SLACK_PATH
from bot.texts import texts
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import APP, BOT_TOKEN, BOT_USER, SIGNING_SECRET, TEAM

WARM_UP = 200
WANTED_RATIO = 1.0
OK = 200
STORED = "stored"
OWN = "Bolt, as AsyncApp.start() serves it"
DEFAULT = "Bolt, by its default"
WAYS = {
    DEFAULT: {"BOLT_WAITS": "0"},
    "Bolt, answering after its listener": {"BOLT_WAITS": "1"},
    OWN: {"BOLT_WAITS": "0", "BOLT_SERVES": "1"},
}


@dataclass(frozen=True, slots=True)
class Load:
    """So many taps in flight, in turns of `taps` for each server.

    A machine whose speed changes from minute to minute is as fast for all of them, and a turn's beginning and end, when
    fewer are in flight, weigh little.
    """

    in_flight: int
    taps: int
    turns: int


# A shop at its busiest, and the hour after a large sending: Slack waits 3 s for each, so thousands may be in flight.
LOADS = (Load(64, 1024, 5), Load(512, 2048, 3))


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as Slack signs it."""

    body: bytes
    headers: Mapping[str, str]


async def measure(place: Place) -> list[Line]:
    """Taps a second and milliseconds a tap; what is wanted is the ratio to the fastest way of Bolt."""
    taps = sum(load.taps * load.turns for load in LOADS)
    async with place.opened() as pulssi:
        asked = await ask_people(pulssi, taps + WARM_UP)
        requests = _signed([_tap(pulssi, one, number) for number, one in enumerate(asked)])
    with ExitStack() as stack:
        url = stack.enter_context(in_thread(SlackApi()))
        ours = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_BASE_URL": url}
        servers = {STORED: stack.enter_context(_serving(place, "bot", ours))}
        for way, settings in WAYS.items():
            servers[way] = stack.enter_context(_serving(place, "benchmarks.bolt_alone", settings))
        for server in servers.values():
            await _post(server.port, requests[:WARM_UP], LOADS[0].in_flight)
        lines, left = [], requests[WARM_UP:]
        for load in LOADS:
            ours_now, left = left[: load.taps * load.turns], left[load.taps * load.turns :]
            lines += _lines(load, await _under(load, servers, ours_now))
    async with place.opened() as pulssi:
        await _check(pulssi, asked)
    return lines


async def _under(load: Load, servers: Mapping[str, Server], requests: Sequence[Signed]) -> dict[str, Measured]:
    """Each server gets all of these, turn by turn."""
    found = {way: Measured() for way in servers}
    order = list(servers.items())
    for begin in range(0, len(requests), load.taps):
        for way, server in order:
            await _turn(found[way], server, requests[begin : begin + load.taps], load.in_flight)
        order.append(order.pop(0))  # so that nobody is always first
    return found


def _lines(load: Load, found: Mapping[str, Measured]) -> list[Line]:
    stored, fastest = found[STORED].rate, max(found[way].rate for way in WAYS)
    at = f"{load.in_flight} in flight"
    return [
        *(Line(f"{at}: taps, {way}", measured.rate, "taps/s") for way, measured in found.items()),
        Line(f"{at}: stored of {DEFAULT}", stored / found[DEFAULT].rate, ""),
        Line(f"{at}: stored of Bolt's fastest way", stored / fastest, "", wanted=WANTED_RATIO, at_least=True),
        Line(f"{at}: stored of {OWN}", stored / found[OWN].rate, ""),
        *(
            Line(f"{at}: {way}, processor time", measured.cpu / len(measured.each) * 1e3, "ms a tap")
            for way, measured in found.items()
        ),
        *(
            Line(f"{at}: {way}, p{share}", percentile(measured.each, share / 100) * 1e3, "ms")
            for way, measured in found.items()
            for share in (50, 99)
        ),
    ]


async def ask_people(pulssi: Pulssi, number: int) -> list[Invitation]:
    """So many people with a question in their direct messages."""
    people = range(1, number + 1)
    places = [(Address("slack", f"U{one:08}", account=TEAM), f"D{one:08}/1795000000.000100") for one in people]
    return await asked_at(pulssi, places)


def _tap(pulssi: Pulssi, asked: Invitation, number: int) -> bytes:
    """The form as Slack posts it, with the whole message that was tapped.

    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload/. Without a response URL, which may be
    missing: with one each tap would be confirmed at once, and both would be measured together.
    """
    assert asked.address is not None  # noqa: S101  # it was made with one
    user, (channel, ts) = asked.address.conversation, asked.message.split("/")
    shown = message(prompts.question(asked, prompts.Asker("Acme"), texts("en")), asked.address, pulssi.context.tokens)
    scores = next(block for block in shown.blocks if block["type"] == "actions")["elements"]
    pressed: dict[str, Any] = scores[number % 5]
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user, "username": "kim", "name": "kim", "team_id": TEAM},
        "api_app_id": APP,
        "token": "a-deprecated-verification-token",
        "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
        "trigger_id": f"{number}.{number}.0123456789abcdef0123456789abcdef",
        "team": {"id": TEAM, "domain": "acme"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel, "name": "directmessage"},
        "message": {
            "type": "message",
            "user": BOT_USER,
            "text": shown.text,
            "ts": ts,
            "bot_id": "B0PULSSI",
            "app_id": APP,
            "team": TEAM,
            "blocks": shown.blocks,
        },
        "state": {"values": {}},
        "actions": [{**pressed, "block_id": "scores", "action_ts": f"{1_795_000_100 + number}.000100"}],
    }
    return urlencode({"payload": msgspec.json.encode(payload).decode()}).encode()


def _signed(bodies: Sequence[bytes]) -> list[Signed]:
    verifier, timestamp = SignatureVerifier(SIGNING_SECRET), str(int(time.time()))
    return [
        Signed(
            body,
            {
                "X-Slack-Request-Timestamp": timestamp,
                "X-Slack-Signature": verifier.generate_signature(timestamp=timestamp, body=body) or "",
            },
        )
        for body in bodies
    ]


def _serving(place: Place, module: str, settings: Mapping[str, str]) -> AbstractContextManager[Server]:
    return serving(place, module, port=0, SLACK_SIGNING_SECRET=SIGNING_SECRET, **settings)


async def _turn(measured: Measured, server: Server, requests: Sequence[Signed], in_flight: int) -> None:
    """The others only wait meanwhile, and take next to nothing."""
    began, used = time.perf_counter(), cpu_seconds(server.process)
    measured.each += await _post(server.port, requests, in_flight)
    measured.total += time.perf_counter() - began
    measured.cpu += cpu_seconds(server.process) - used


async def _post(port: int, requests: Sequence[Signed], in_flight: int) -> list[float]:
    async def post(wire: Wire, request: Signed) -> None:
        status = await wire.send_form(SLACK_PATH, request.body, request.headers)
        if status != OK:
            raise RuntimeError(f"a tap was answered with {status}")

    return await spread(port, requests, in_flight, post)


async def _check(pulssi: Pulssi, asked: Sequence[Invitation]) -> None:
    async with pulssi.store.reading() as uow:
        stored = await uow.invitations.load([one.id for one in asked])
    if any(one.state is not State.ANSWERED for one in stored.values()):
        raise RuntimeError("a tap that was answered with 200 is not stored")
