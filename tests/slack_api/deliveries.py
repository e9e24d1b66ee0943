"""What goes to the app: events, interactions and commands, as signed requests or envelopes, and what came back."""

import hashlib
import hmac
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Literal, cast
from urllib.parse import urlencode

import msgspec

from tests.slack_api.rules import Json
from tests.telegram_api.changes import PATIENCE_SECONDS, Changes

Form = Literal["events_api", "interactive", "slash_commands"]

ACK_SECONDS = 3.0  # docs.slack.dev/interactivity/handling-user-interaction, docs.slack.dev/apis/events-api
RETRIES = (0.0, 60.0, 300.0)  # "nearly immediately, after 1 minute, after 5 minutes"


@dataclass(frozen=True, slots=True)
class Signed:
    """An HTTP request to the app, ready to be sent once or again."""

    headers: dict[str, str]
    body: bytes


@dataclass(eq=False)
class Delivery:
    """One thing for the app. Await it, or `wait()` from a thread, until it is known what became of it.

    Attributes:
        acknowledged: HTTP 200 or an ack in time; else the person saw an error, and an event comes again.
        status: The last HTTP status; None by Socket Mode or without an answer.
        body: The decoded JSON of the answer or ack, else its text; None for an empty one.
        trouble: http_timeout, http_error or connection_failed (`X-Slack-Retry-Reason`), "" for none.
        error: What was wrong with the answer, as a view that Slack refuses.
        request: The last signed request, by HTTP.
        attempts: How many times it was sent.
    """

    form: Form
    payload: Json
    changes: Changes
    answered: Callable[[Any], str] | None = None
    raw: Signed | None = None
    acknowledged: bool = False
    done: bool = False
    status: int | None = None
    body: Any = None
    trouble: str = ""
    error: str = ""
    request: Signed | None = None
    attempts: int = 0
    due: float = 0.0
    no_retry: bool = False

    @property
    def trigger_id(self) -> str:
        return str(self.payload.get("trigger_id", ""))

    @property
    def response_url(self) -> str:
        return str(self.payload.get("response_url", ""))

    @property
    def event(self) -> Json:
        """The inner event; {} for what is none."""
        return cast(Json, self.payload.get("event", {}))

    def wait(self, seconds: float = PATIENCE_SECONDS) -> "Delivery":
        """From a thread without an event loop.

        Raises:
            TimeoutError: nothing became of it in so many real seconds.
        """
        self.changes.wait(lambda: self.done, seconds)
        return self

    def __await__(self) -> Generator[Any, None, "Delivery"]:
        yield from self.changes.until(lambda: self.done).__await__()
        return self


@dataclass(eq=False)
class Deliveries:
    """What waits, and all events; read and changed under `changes` alone.

    With a `request_url` everything goes there by HTTP, without one by Socket Mode. `ack_seconds` are real seconds.
    With `retry_at_once` an event that was not acknowledged comes again at once the first time, as by Slack.
    """

    changes: Changes
    now: Callable[[], float]
    signing_secret: str
    request_url: str = ""
    ack_seconds: float = ACK_SECONDS
    retry_at_once: bool = True
    outgoing: list[Delivery] = field(default_factory=list)
    events: list[Delivery] = field(default_factory=list)
    again: list[Delivery] = field(default_factory=list)  # events that wait for their time, `due`
    under_way: int = 0

    def push(self, delivery: Delivery) -> Delivery:
        with self.changes.changing():
            if delivery.form == "events_api":
                self.events.append(delivery)
            self.outgoing.append(delivery)
            return delivery

    def take(self) -> list[Delivery]:
        """What is to be sent now, events that are due again with it."""
        with self.changes.reading():
            taken = [*self.outgoing, *(one for one in self.again if one.due <= self.now())]
            self.again = [one for one in self.again if one.due > self.now()]
            self.outgoing = []
            self.under_way += len(taken)
            return taken

    def redeliver(self) -> list[Delivery]:
        """Sends every event again that was not acknowledged, whatever the clock says."""
        with self.changes.changing():
            found = [one for one in self.events if one.done and not one.acknowledged and not one.no_retry]
            for one in found:
                one.done, one.due = False, self.now()
            self.again = [*(one for one in self.again if one not in found), *found]
            return found

    def finish(self, delivery: Delivery, trouble: str, body: Any = None, status: int | None = None) -> None:
        """Notes what came back, and when an event is to come again."""
        with self.changes.changing():
            self.under_way -= 1
            delivery.attempts += 1
            delivery.trouble, delivery.body, delivery.status = trouble, body, status
            delivery.acknowledged = not trouble
            if delivery.acknowledged and delivery.answered is not None:
                delivery.error = delivery.answered(body)
            delivery.done = not self._comes_again(delivery)

    def _comes_again(self, delivery: Delivery) -> bool:
        """Notes when an event is to come again; whether that is at once."""
        number = delivery.attempts - 1
        final = delivery.acknowledged or delivery.no_retry or delivery.raw or number >= len(RETRIES)
        if delivery.form != "events_api" or final or (not number and not self.retry_at_once):
            return False
        delivery.due = self.now() + RETRIES[number]
        self.again.append(delivery)
        return number == 0

    @property
    def idle(self) -> bool:
        return not self.outgoing and not self.under_way and not any(one.due <= self.now() for one in self.again)

    def signed(self, form: Form, payload: Json, *, secret: str | None = None, at: float | None = None) -> Signed:
        """The request for a payload, signed with another secret or at another time (epoch seconds) if given.

        docs.slack.dev/authentication/verifying-requests-from-slack
        """
        body, kind = _body(form, payload)
        stamp = str(int(self.now() if at is None else at))
        key = (self.signing_secret if secret is None else secret).encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": kind, "X-Slack-Signature": f"v0={digest}", "X-Slack-Request-Timestamp": stamp,
                   "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}  # fmt: skip
        return Signed(headers, body)

    def next_request(self, delivery: Delivery) -> Signed:
        """The request for the next attempt."""
        if delivery.raw is not None:
            return delivery.raw
        made = self.signed(delivery.form, delivery.payload)
        if delivery.form == "events_api" and delivery.attempts:
            made.headers["X-Slack-Retry-Num"] = str(delivery.attempts)
            made.headers["X-Slack-Retry-Reason"] = delivery.trouble
        return made


def _body(form: Form, payload: Json) -> tuple[bytes, str]:
    if form == "events_api":
        return msgspec.json.encode(payload), "application/json"
    fields = {"payload": msgspec.json.encode(payload).decode()} if form == "interactive" else payload
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"
