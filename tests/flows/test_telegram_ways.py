"""How Telegram's updates reach the real program: polling, a webhook of its own, a relay; never another's webhook."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from adapters.http.telegram import HEADER
from bot.address import Address
from bot.bootstrap import Pulssi
from bot.events import Person as Known
from bot.settings import WEBHOOK_PATH
from tests.flows.commands import Terminal
from tests.flows.server import RunningServer, pulssi
from tests.flows.telegram import (
    ACCOUNT,
    FOREIGN,
    SECONDS,
    SECRET,
    TOKEN,
    asked,
    question,
    rows,
    said,
    telegram_server,
    trouble,
    until,
    way_settings,
    works,
)
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.people import Person
from tests.telegram_api.rules import Json
from tests.telegram_api.server import in_thread

CHANGES = ("setWebhook", "deleteWebhook", "getUpdates")


@pytest.fixture
def api() -> BotApi:
    return BotApi(TOKEN)


@pytest.fixture
def mikko(api: BotApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Has met the bot before, in the database of this test too."""
    person = api.private(41, "Mikko", "en")
    person.chat.started = True
    here = Address("telegram", "41", ACCOUNT)

    async def meet(pulssi: Pulssi) -> None:
        await pulssi.people.meet("default", Known(here, "Mikko", "en"), here)

    Terminal(tmp_path, monkeypatch, TELEGRAM_BOT_TOKEN=TOKEN).inside(meet)
    return person


def foreign(api: BotApi) -> Callable[[], list[str]]:
    """Sets another program's webhook; gives what the bot did from then on to how its updates come."""
    api.call("setWebhook", {"url": FOREIGN, "secret_token": "theirs"})
    before = len(api.calls)
    return lambda: [call.method for call in api.calls[before:] if call.method in CHANGES]


def webhook_url(api: BotApi) -> str:
    hook = api.state.updates.webhook
    return hook.url if hook is not None else ""


@pytest.mark.timeout(150)
def test_a_foreign_webhook_is_left_alone_until_a_person_takes_it_over(
    tmp_path: Path, api: BotApi, mikko: Person
) -> None:
    changes = foreign(api)
    with in_thread(api) as url, telegram_server(tmp_path, url) as server:
        api.wait(lambda: api.calls_of("getWebhookInfo"), SECONDS)
        assert asked(server, mikko)["state"] == "scheduled"
        explained = trouble(server)
        assert "desk.example.com" in explained
        for way in ("/newbot", "pulssi telegram take-over", "TELEGRAM_RELAY=true"):
            assert way in explained
        assert explained in server.output
        doctor = server.cli("doctor")
        assert doctor.returncode == 1
        assert f"WRONG telegram webhook: {explained}" in doctor.stdout

        refused = server.cli("telegram", "take-over")
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
        assert "desk.example.com" in refused.stderr
        assert "--yes" in refused.stderr
        assert changes() == []
        assert webhook_url(api) == FOREIGN
        assert mikko.chat.from_bot == []

        done = server.cli("telegram", "take-over", "--yes")
        assert (done.returncode, done.stderr) == (0, "")
        assert "desk.example.com" in done.stdout
        mikko.tap(question(api, mikko), "4").wait(SECONDS)
        assert (changes()[0], webhook_url(api)) == ("deleteWebhook", "")
        assert trouble(server) == "ok"
        assert server.output.count("is used by another program") == 2  # the console, and the log
        again = server.cli("telegram", "take-over", "--yes")
        assert (again.returncode, again.stdout.count("nothing to take over")) == (0, 1)


@pytest.mark.timeout(120)
def test_a_webhook_that_another_program_sets_later(tmp_path: Path, api: BotApi, mikko: Person) -> None:
    with in_thread(api) as url, telegram_server(tmp_path, url) as server:
        works(api, server)
        changes = foreign(api)
        until(lambda: "desk.example.com" in trouble(server))
        asked(server, mikko)
        assert (webhook_url(api), mikko.chat.from_bot) == (FOREIGN, [])
        assert set(changes()) <= {"getUpdates"}
        api.call("deleteWebhook", {})
        mikko.tap(question(api, mikko), "5").wait(SECONDS)
        assert trouble(server) == "ok"


@pytest.mark.timeout(150)
def test_the_way_is_switched_by_the_setting_alone(tmp_path: Path, api: BotApi, mikko: Person) -> None:
    with in_thread(api) as url, telegram_server(tmp_path, url) as server:
        works(api, server)
        for _ in range(2):
            _stops(server)
            server.settings |= way_settings(server, "webhook")
            server.start()
            works(api, server)
            hook = api.state.updates.webhook
            assert hook is not None
            assert (hook.url, len(hook.secret) >= 16) == (f"{server.url}{WEBHOOK_PATH}", True)
            _answers(api, server, mikko)
            _stops(server)
            assert webhook_url(api) == hook.url  # what comes while we are away waits for us
            mikko.write("/mydata")
            del server.settings["TELEGRAM_WEBHOOK_URL"]
            server.start()
            api.wait(lambda: not webhook_url(api) and not api.pending_updates, SECONDS)
            _answers(api, server, mikko)
        assert server.cli("doctor").returncode == 0


def _stops(server: RunningServer) -> None:
    """Ends the server as a service manager does; whoever starts next need not wait for its leases to end."""
    server.stop()
    assert rows(server.folder, "SELECT leased_by FROM bot") == [(None,)]
    assert rows(server.folder, "SELECT count(*) FROM outbox WHERE leased_by IS NOT NULL") == [(0,)]


def _answers(api: BotApi, server: RunningServer, mikko: Person) -> None:
    before = len(mikko.chat.from_bot)
    mikko.write("/mydata")
    api.wait(lambda: len(mikko.chat.from_bot) > before, SECONDS)
    assert trouble(server) == "ok"


@pytest.mark.timeout(90)
def test_the_webhook_takes_only_what_bears_the_secret(tmp_path: Path, api: BotApi) -> None:
    update = {"message": {"message_id": 1, "date": 1, "text": "/start", "chat": {"id": 41, "type": "private"},
                          "from": {"id": 41, "is_bot": False, "first_name": "Mikko"}}}  # fmt: skip
    hidden = {"TELEGRAM_WEBHOOK_SECRET": SECRET}
    with in_thread(api) as url, telegram_server(tmp_path, url, "webhook", **hidden) as server:
        works(api, server)
        hook = api.state.updates.webhook
        assert hook is not None
        assert hook.secret == SECRET
        for wrong in (b"", SECRET[:-1].encode(), SECRET.encode() + b"x", "ä".encode("latin-1"), None):
            headers = {} if wrong is None else {HEADER: wrong}
            answer = httpx.post(f"{server.url}{WEBHOOK_PATH}", json={"update_id": 1, **update}, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
            assert SECRET not in answer.text
        for body, status in ((b"", 400), (b"{", 400), (b"\xff", 400), (b"[]", 422), (b'{"update_id": "one"}', 422)):
            answer = httpx.post(f"{server.url}{WEBHOOK_PATH}", content=body, headers={HEADER: SECRET.encode()})
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), body
        assert _stored(tmp_path) == (0, 0)
        unknown: list[Json] = [{"poll_answer": {"poll_id": "1"}}, {"not_yet_known": {"x": [1]}}, {"message": "new"}, {}]
        for kind in unknown:
            assert _posted(server, {"update_id": 7, **kind}).status_code == 200
        assert _stored(tmp_path) == (0, 0)
        assert _posted(server, {"update_id": 8, **update}).status_code == 200
        assert _stored(tmp_path)[0] == 1


def _stored(folder: Path) -> tuple[int, int]:
    [(people,)] = rows(folder, "SELECT count(*) FROM customer")
    [(parked,)] = rows(folder, "SELECT count(*) FROM parked")
    return people, parked


def _posted(server: RunningServer, update: Json) -> httpx.Response:
    return httpx.post(f"{server.url}{WEBHOOK_PATH}", json=update, headers={HEADER: SECRET.encode()})


@pytest.mark.timeout(60)
def test_without_a_webhook_the_door_is_closed(tmp_path: Path, api: BotApi) -> None:
    with in_thread(api) as url, telegram_server(tmp_path, url, TELEGRAM_WEBHOOK_SECRET=SECRET) as server:
        works(api, server)
        answer = _posted(server, {"update_id": 1})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.timeout(90)
def test_another_program_may_forward_what_it_gets(tmp_path: Path, api: BotApi, mikko: Person) -> None:
    changes = foreign(api)
    with in_thread(api) as url, telegram_server(tmp_path, url, "relay") as server:
        asked(server, mikko)
        shown = question(api, mikko)
        tap = mikko.tap(shown, "5")
        mikko.write("Kiitos avusta")
        for update in api.pending_updates:
            answer = _posted(server, update)
            assert (answer.status_code, answer.json()) == (200, {})
        tap.wait(SECONDS)  # answered by a call of our own: the other program has no use for one in our answer
        api.wait(lambda: "Kiitos avusta" in shown.text, SECONDS)
        assert said(server, "kpi", "--survey", "csat", "--json")["n"] == 1
        assert (changes(), webhook_url(api), trouble(server)) == ([], FOREIGN, "ok")
        taking = server.cli("telegram", "take-over", "--yes")
        assert taking.returncode == 0


@pytest.mark.timeout(60)
def test_a_bot_belongs_to_one_workspace(tmp_path: Path, api: BotApi) -> None:
    with in_thread(api) as url, telegram_server(tmp_path, url) as server:
        works(api, server)
        server.stop()
        done = pulssi(tmp_path, "serve", "--workspace", "other", "--port", str(server.port), **server.settings)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "'default'" in done.stderr
    assert TOKEN not in done.stderr
