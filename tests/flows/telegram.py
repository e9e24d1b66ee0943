"""The real program against the stand-in of Telegram: how it is started, and what people see in their apps."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.flows.server import RunningServer
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Chat, Message
from tests.telegram_api.people import Person

TOKEN = "110201543:a-token-that-opens-nothing"  # noqa: S105  # the stand-in's alone
ACCOUNT = TOKEN.partition(":")[0]
SECRET = "a-secret-of-the-tests"  # noqa: S105  # as above
FOREIGN = "https://desk.example.com/hooks/telegram"
OWNERS = -1_001_000_000_001
WAYS = ("polling", "webhook")
SECONDS = 40.0  # the longest wait; on an idle machine all comes within a second or two

LOOK_SECONDS = 0.05


def telegram_server(folder: Path, url: str, way: str = "polling", **settings: str) -> RunningServer:
    """A server for the stand-in at `url`, not yet started; `way` is polling, webhook or relay."""
    server = RunningServer(folder, TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_BASE_URL=url, **settings)
    server.settings |= way_settings(server, way)
    return server


def way_settings(server: RunningServer, way: str) -> dict[str, str]:
    match way:
        case "webhook":
            return {"TELEGRAM_WEBHOOK_URL": server.url}
        case "relay":
            return {"TELEGRAM_RELAY": "true", "TELEGRAM_WEBHOOK_SECRET": SECRET}
        case _:
            return {}


def works(api: BotApi, server: RunningServer) -> None:
    """Waits until the bot gets updates there: a webhook is set, or a long poll has come."""
    hook = "TELEGRAM_WEBHOOK_URL" in server.settings
    api.wait(lambda: api.state.updates.webhook is not None if hook else api.calls_of("getUpdates"), SECONDS)


def asked(server: RunningServer, person: Person, survey: str = "csat", *more: str) -> dict[str, Any]:
    """What `pulssi ask --json` says."""
    return said(server, "ask", "--to", f"telegram:{person.id}", "--survey", survey, "--json", *more)


def said(server: RunningServer, *arguments: str) -> dict[str, Any]:
    """The JSON object that a command prints."""
    done = server.cli(*arguments)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def exported(server: RunningServer) -> list[dict[str, Any]]:
    done = server.cli("export", "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def question(api: BotApi, person: Person, number: int = 1) -> Message:
    """The `number`th question in the person's chat, once it has come."""
    api.wait(lambda: len(questions(person.chat)) >= number, SECONDS)
    return questions(person.chat)[number - 1]


def questions(chat: Chat) -> Sequence[Message]:
    """What was sent with scores below it, whatever it has become."""
    return [one for one in chat.from_bot if one.buttons or one.edits]


def rows(folder: Path, query: str) -> list[Any]:
    """What SQL finds, past the program."""
    database = sqlite3.connect(folder / "var" / "pulssi.db", timeout=10)
    found = database.execute(query).fetchall()
    database.close()
    return found


def settled(server: RunningServer) -> None:
    """Waits until all that was to be sent is noted as sent: whoever is killed before that sends again."""
    until(lambda: rows(server.folder, "SELECT count(*) FROM outbox") == [(0,)])


def until(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Waits for what only the process itself knows; the stand-in's own `wait` is for what it sees."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"nothing of the kind happened in {seconds} s"
        pause.wait(LOOK_SECONDS)


def trouble(server: RunningServer) -> str:
    """How /readyz says that Telegram stands; the process itself is ready in any case."""
    answer = httpx.get(f"{server.url}/readyz")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["channels"]["telegram"])
