"""Telegram: taps by webhook with and without storage, and an hour of messages at full speed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from benchmarks.http import spread
from benchmarks.place import Place
from benchmarks.report import Line, percentile
from benchmarks.sample import asked_at
from benchmarks.server import cpu_seconds, serving
from benchmarks.wire import Wire
from bot.address import Address
from bot.bootstrap import Pulssi
from bot.invitation import Invitation, State
from bot.settings import WEBHOOK_PATH
from tests.flows.server import free_port
from tests.flows.telegram import TOKEN
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.limits import Limits
from tests.telegram_api.pace import send_paced
from tests.telegram_api.server import in_thread

TAPS = 5000
ROUNDS = 2  # of each kind, in turn
IN_FLIGHT = 64
WARM_UP = 200
WANTED_RATIO = 0.8
HOUR_OF_MESSAGES = 30 * 3600
SECRET = "a-secret-of-the-benchmark"  # noqa: S105  # opens nothing
ACCOUNT = TOKEN.partition(":")[0]
OK = 200


@dataclass(slots=True)
class Measured:
    """The seconds of each tap, and what all rounds took on the clock and of the server's processor."""

    each: list[float] = field(default_factory=list)
    total: float = 0.0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.each) / self.total


async def measure(place: Place) -> list[Line]:
    """Taps a second and milliseconds a tap, 64 in flight; the ratio is to deciding without storing."""
    async with place.opened() as pulssi:
        asked = await ask_chats(pulssi, TAPS + ROUNDS * WARM_UP)
        bodies = [_tap(pulssi, one, number) for number, one in enumerate(asked)]
    api = BotApi(TOKEN, limits=Limits())
    for one in asked:
        _seen(api, one)
    durable, nowhere = Measured(), Measured()
    parts = [bodies[number::ROUNDS] for number in range(ROUNDS)]
    with in_thread(api) as url:
        for part in parts:
            await _round(nowhere, place, url, "benchmarks.nowhere", part)
            await _round(durable, place, url, "bot", part)
    async with place.opened() as pulssi:
        await _check(pulssi, asked)
    ratio = durable.rate / nowhere.rate
    return [
        Line("taps, decided and not stored", nowhere.rate, "taps/s"),
        Line("taps, stored before the 200", durable.rate, "taps/s"),
        Line("stored of not stored", ratio, "", wanted=WANTED_RATIO, at_least=True),
        *(
            Line(f"{what}, the server's processor time", found.cpu / len(found.each) * 1e3, "ms a tap")
            for what, found in (("not stored", nowhere), ("stored", durable))
        ),
        *(
            Line(f"{what}, p{share}", percentile(found.each, share / 100) * 1e3, "ms")
            for what, found in (("not stored", nowhere), ("stored", durable))
            for share in (50, 99)
        ),
    ]


async def measure_hour(place: Place) -> list[Line]:
    """An hour of 30 messages a second, by a simulated clock, with the stand-in keeping Telegram's limits."""
    del place
    found = await send_paced(HOUR_OF_MESSAGES)
    return [
        Line("messages", found.messages, "messages"),
        Line("simulated time", found.seconds, "s", wanted=3600.1),
        Line("refused with 429", found.refused, "messages", wanted=0),
        Line("in fact sent and answered", found.messages / found.real_seconds, "messages/s"),
    ]


async def ask_chats(pulssi: Pulssi, number: int) -> list[Invitation]:
    """So many people with a question in their chat with the bot."""
    places = [(Address("telegram", str(chat), account=ACCOUNT), "1") for chat in range(1, number + 1)]
    return await asked_at(pulssi, places)


def _seen(api: BotApi, asked: Invitation) -> None:
    """The question stands in the person's chat."""
    assert asked.address is not None  # noqa: S101  # it was made with one
    chat = api.private(int(asked.address.conversation), "Kim").chat
    chat.started = True
    chat.put(api.bot, api.state.now(), text="How satisfied are you with the help you got?")


def _tap(pulssi: Pulssi, asked: Invitation, number: int) -> bytes:
    """The update as Telegram posts it, with the whole message that was tapped."""
    assert asked.address is not None  # noqa: S101  # it was made with one
    chat, token = int(asked.address.conversation), pulssi.context.tokens.issue("invitation", asked.id)
    person = {"id": chat, "is_bot": False, "first_name": "Kim", "language_code": "en"}
    scores = [{"text": str(score), "callback_data": f"s{score}:{token}"} for score in range(1, 6)]
    message = {
        "message_id": 1,
        "from": {"id": int(ACCOUNT), "is_bot": True, "first_name": "Pulssi", "username": "pulssi_test_bot"},
        "chat": {"id": chat, "first_name": "Kim", "type": "private"},
        "date": 1_795_000_000,
        "text": "How satisfied are you with the help you got?\nAcme asks\n1 = very dissatisfied · 5 = very satisfied",
        "entities": [{"offset": 0, "length": 44, "type": "bold"}],
        "reply_markup": {"inline_keyboard": [scores]},
    }
    query = {"id": str(4_000_000_000 + number), "from": person, "message": message, "chat_instance": str(7_000 + chat)}
    data = scores[number % 5]["callback_data"]
    return msgspec.json.encode({"update_id": 500_000 + number, "callback_query": {**query, "data": data}})


async def _round(measured: Measured, place: Place, url: str, module: str, bodies: Sequence[bytes]) -> None:
    """One server alone, so that neither takes the other's time; its confirmations go to the stand-in at `url`."""
    port = free_port()
    settings = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE_URL": url,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}{WEBHOOK_PATH}",
    }
    with serving(place, module, port=port, **settings) as server:
        await _post(server.port, bodies[:WARM_UP])
        began, used = time.perf_counter(), cpu_seconds(server.process)
        measured.each += await _post(server.port, bodies[WARM_UP:])
        measured.total += time.perf_counter() - began
        measured.cpu += cpu_seconds(server.process) - used


async def _post(port: int, bodies: Sequence[bytes]) -> list[float]:
    async def post(wire: Wire, body: bytes) -> None:
        status = await wire.deliver(WEBHOOK_PATH, body, "X-Telegram-Bot-Api-Secret-Token", SECRET)
        if status != OK:
            raise RuntimeError(f"a tap was answered with {status}")

    return await spread(port, bodies, IN_FLIGHT, post)


async def _check(pulssi: Pulssi, asked: Sequence[Invitation]) -> None:
    async with pulssi.store.reading() as uow:
        stored = await uow.invitations.load([one.id for one in asked])
    if any(one.state is not State.ANSWERED for one in stored.values()):
        raise RuntimeError("a tap that was answered with 200 is not stored")
