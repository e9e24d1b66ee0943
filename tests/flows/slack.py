"""The real program against the stand-in of Slack: how it is started, and what people see."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.flows.server import RunningServer
from tests.slack_api.people import Person
from tests.slack_api.places import Channel, Message
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

WAYS = ("socket", "http")
SECONDS = 20.0  # the longest wait; on an idle machine all comes within a second or two
SCORES = re.compile(r"s:\d+")


def slack_server(folder: Path, url: str, way: str = "socket", **settings: str) -> RunningServer:
    """A server for the stand-in at `url`, not yet started; `way` is socket or http."""
    ways = {"socket": {"SLACK_APP_TOKEN": APP_TOKEN}, "http": {"SLACK_SIGNING_SECRET": SIGNING_SECRET}}
    return RunningServer(folder, SLACK_BOT_TOKEN=BOT_TOKEN, SLACK_API_BASE_URL=url, **{**ways[way], **settings})


def works(api: SlackApi, server: RunningServer) -> None:
    """Waits until the app hears: its socket is open, or Slack has its address."""
    if "SLACK_APP_TOKEN" in server.settings:
        api.wait(lambda: api.sockets.connections, SECONDS)
    else:
        api.deliveries.request_url = f"{server.url}/slack/events"


def asked(server: RunningServer, to: str, survey: str = "csat", *more: str) -> dict[str, Any]:
    """What `pulssi ask --json` says."""
    done = server.cli("ask", "--to", to, "--survey", survey, "--json", *more)
    assert done.returncode == 0, (done.stdout, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def question(api: SlackApi, channel: Channel, number: int = 1) -> Message:
    """The `number`th question in the channel or direct chat, once it has come."""
    api.wait(lambda: len(questions(channel)) >= number, SECONDS)
    return questions(channel)[number - 1]


def questions(channel: Channel) -> Sequence[Message]:
    """What the bot sent with scores below it, whatever it has become."""
    return [one for one in channel.messages if one.edited or any(SCORES.fullmatch(code) for _, code in one.buttons)]


def labels(message: Message) -> list[str]:
    return [label for label, _ in message.buttons]


def whispered(api: SlackApi, person: Person, channel: Channel, words: str) -> Message:
    """What that person alone sees there, once these words stand in it."""
    api.wait(lambda: any(words in api.seen(one) for one in person.ephemerals(channel)), SECONDS)
    return next(one for one in person.ephemerals(channel) if words in api.seen(one))


def trouble(server: RunningServer) -> str:
    """How /readyz says that Slack stands; the process itself is ready in any case."""
    answer = httpx.get(f"{server.url}/readyz")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["channels"]["slack"])
