"""The real program where Telegram's side is not as it should be: explained once, and mended by itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from adapters.telegram.standing import SECOND_POLLER, UNKNOWN_BOT
from tests.flows.server import RunningServer, free_port
from tests.flows.telegram import SECONDS, TOKEN, asked, question, said, settled, telegram_server, trouble, until, works
from tests.flows.visitor import Visitor
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.people import Person
from tests.telegram_api.server import in_thread

OTHERS_TOKEN = "110201543:the-token-that-BotFather-gives-now"  # noqa: S105  # the stand-in's alone


@pytest.fixture
def api() -> BotApi:
    return BotApi(TOKEN)


@pytest.fixture
def mikko(api: BotApi) -> Person:
    return api.private(41, "Mikko", "en")


@contextmanager
def second_poller(url: str) -> Iterator[Callable[[], int]]:
    """Another program that polls for the same bot and never gives up while this is open; how often it asked."""
    ends, asks = threading.Event(), [0]

    def fight() -> None:
        with httpx.Client(base_url=f"{url}/bot{TOKEN}", timeout=10, trust_env=False) as client:
            while not ends.is_set():
                asks[0] += 1
                client.get("/getUpdates", params={"timeout": 1})

    thread = threading.Thread(target=fight, name="second poller", daemon=True)
    thread.start()
    try:
        yield lambda: asks[0]
    finally:
        ends.set()
        thread.join(10)


@pytest.mark.timeout(150)
def test_a_second_poller_is_explained_and_not_looped_on(tmp_path: Path, api: BotApi, mikko: Person) -> None:
    with in_thread(api) as url, telegram_server(tmp_path, url) as server:
        works(api, server)
        with second_poller(url) as others:
            until(lambda: trouble(server) == SECOND_POLLER)
            before = len(api.calls_of("getUpdates")) - others()
            assert before < 10
            until(lambda: len(api.calls_of("getUpdates")) - others() > before)
        mikko.start()
        api.wait(lambda: mikko.chat.from_bot, 2 * SECONDS)
        until(lambda: trouble(server) == "ok")
        assert server.output.count(SECOND_POLLER) == 1


@pytest.mark.timeout(120)
def test_a_token_that_telegram_does_not_know_stops_only_telegram(tmp_path: Path) -> None:
    with in_thread(BotApi(OTHERS_TOKEN)) as url, telegram_server(tmp_path, url) as server:
        until(lambda: trouble(server) == UNKNOWN_BOT)
        visitor = Visitor(server.url)
        asks = server.post("/chat/asks", server.claim(), {"to": visitor.address, "survey": "csat"})
        assert asks.status_code == 200
        shown = visitor.question()
        visitor.see(shown)
        assert visitor.tap(shown, 5).status_code == 200
        visitor.close()
        assert said(server, "kpi", "--survey", "csat", "--json")["n"] == 1
        assert server.output.count(UNKNOWN_BOT) == 1
        assert TOKEN not in server.output


@pytest.mark.timeout(120)
def test_telegram_may_be_away_at_the_start_and_later(tmp_path: Path, api: BotApi, mikko: Person) -> None:
    port = free_port()
    with telegram_server(tmp_path, f"http://127.0.0.1:{port}") as server:
        until(lambda: "cannot be reached" in trouble(server))
        with in_thread(api, port):
            mikko.start()
            api.wait(lambda: mikko.chat.from_bot, SECONDS)
            assert trouble(server) == "ok"
            asked(server, mikko)
            mikko.tap(question(api, mikko), "3").wait(SECONDS)
        until(lambda: "cannot be reached" in trouble(server))
        with in_thread(api, port):
            mikko.write("/mydata")
            api.wait(lambda: not api.pending_updates, SECONDS)
            until(lambda: trouble(server) == "ok")
        assert TOKEN not in server.output


@pytest.mark.timeout(150)
def test_of_two_servers_one_speaks_and_the_other_takes_over(tmp_path: Path, api: BotApi, mikko: Person) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(in_thread(api))
        first = stack.enter_context(telegram_server(tmp_path, url))
        works(api, first)
        second: RunningServer = stack.enter_context(telegram_server(tmp_path, url))
        mikko.start()
        api.wait(lambda: mikko.chat.from_bot, SECONDS)
        asked(second, mikko)
        shown = question(api, mikko)
        mikko.tap(shown, "2").wait(SECONDS)
        api.wait(lambda: shown.edits, SECONDS)
        assert "@pulssi_test_bot works" not in second.output
        settled(first)

        first.kill()
        mikko.write("Hidas palvelu")
        api.wait(lambda: "Hidas palvelu" in shown.text, 2 * SECONDS)  # 20 s of a lease, and the next look
        assert "@pulssi_test_bot works" in second.output
        assert trouble(second) == "ok"
        # Two that poll would have ended each other's call, and two that send would have asked twice.
        assert [call.method for call in api.calls if call.status != 200] == []
        assert len(mikko.chat.from_bot) == 2
