"""The stand-in's faults, and running it in a thread of its own."""

import json

import httpx
import pytest
from telegram.error import Forbidden, NetworkError, RetryAfter, TimedOut

from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.faults import Faults
from tests.telegram_api.people import Person
from tests.telegram_api.ptb import TOKEN, YES_NO, client
from tests.telegram_api.server import in_thread

HASTY_SECONDS = 1.0  # the client gives up; the stand-in must have had the message by then, on a busy machine too


async def fails(api: BotApi, url: str, fault: str, error: type[Exception]) -> None:
    """One message to which this happens."""
    api.faults = Faults(1, {fault: 1.0})
    async with client(url, read_seconds=HASTY_SECONDS if fault == "timeout" else 5.0) as bot:
        with pytest.raises(error):
            await bot.send_message(41, fault)
    assert api.faults.log == [(fault, "sendMessage", 41)]
    api.faults = None


async def test_each_fault_does_what_it_says(api: BotApi, url: str, mikko: Person) -> None:
    for fault, error in (("429", RetryAfter), ("500", NetworkError), ("close_before", NetworkError)):
        await fails(api, url, fault, error)
    assert [one.text for one in mikko.messages] == ["/start"]
    for fault, error in (("close_after", NetworkError), ("timeout", TimedOut)):
        await fails(api, url, fault, error)
    assert [one.text for one in mikko.messages] == ["/start", "close_after", "timeout"]
    await fails(api, url, "403", Forbidden)
    async with client(url) as bot:
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(41, "still")


def test_faults_repeat_with_their_seed() -> None:
    rates = {"429": 0.1, "500": 0.2, "timeout": 0.05}
    one, other = Faults(7, rates), Faults(7, rates)
    drawn = [one.draw("sendMessage", 1) for _ in range(1000)]
    assert drawn == [other.draw("sendMessage", 1) for _ in range(1000)]
    assert one.draw("getMe", None) is None
    assert 50 < one.counts["429"] < 150
    assert 150 < one.counts["500"] < 250


def test_it_runs_in_a_thread_of_its_own(api: BotApi, mikko: Person) -> None:
    with in_thread(api) as url, httpx.Client(base_url=f"{url}/bot{TOKEN}/", trust_env=False) as http:
        markup = json.dumps(YES_NO.to_dict())
        assert http.post("sendMessage", data={"chat_id": 41, "text": "Hei", "reply_markup": markup}).is_success
        api.wait(lambda: len(mikko.messages) == 2)
        tap = mikko.tap(mikko.messages[-1], "Yes")
        http.post("answerCallbackQuery", data={"callback_query_id": tap.id})
        assert tap.wait(5).answered
        with pytest.raises(TimeoutError):
            api.wait(lambda: len(mikko.messages) == 3, 0.01)
