"""How Slack's Web API takes parameters and answers (docs.slack.dev/apis/web-api): calls, refusals and what it notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

Json = dict[str, Any]


class Refused(Exception):  # noqa: N818  (it is an answer of the API, said as one)
    """`{"ok": false, "error": …}` with HTTP 200, or another status; `messages` go to `response_metadata`."""

    def __init__(self, error: str, *messages: str, status: int = 200, retry_after: int = 0, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.status = status
        self.retry_after = retry_after
        self.more = more

    def answer(self) -> "Answer":
        body: Json = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            body["response_metadata"] = {"messages": list(self.messages)}
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        return Answer(self.status, body, headers)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gives: the HTTP status, the JSON body (a text for a response URL) and headers."""

    status: int
    body: Json | str
    headers: Mapping[str, str] = field(default_factory=dict)


class Call(NamedTuple):
    """One call that was answered: when (the stand-in's clock), what, for which channel, and how it ended.

    `error` is "" for `ok: true`; `channel` the channel, user or view that the call named, "" for none.
    """

    at: float
    method: str
    channel: str
    status: int
    error: str
    params: Mapping[str, Any]


class Violation(NamedTuple):
    """Something that Slack would refuse, or (in `warnings`) advises against."""

    method: str
    message: str


class Params:
    """A call's parameters: texts as a query or a form brings them, or the values of a JSON body."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given

    def __contains__(self, name: str) -> bool:
        return self.given.get(name) is not None

    def text(self, name: str) -> str:
        value = self.given.get(name)
        return "" if value is None else str(value)

    def needed(self, name: str) -> str:
        """Raises:
        Refused: it is missing or empty.
        """  # fmt: skip
        found = self.text(name)
        if not found:
            raise Refused("invalid_arguments", f"[ERROR] missing required field: {name}")
        return found

    def flag(self, name: str, default: bool = False) -> bool:
        return self.text(name).lower() in {"true", "1"} if name in self else default

    def parsed(self, name: str, error: str = "invalid_arguments") -> Any:
        """A nested value, which a form carries as JSON; None if it is missing or empty."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return msgspec.json.decode(value) if value else None
        except msgspec.DecodeError:
            raise Refused(error, f"[ERROR] {name} is not JSON") from None

    @property
    def place(self) -> str:
        """The channel, person or view that the call is about, for limits, faults and the log."""
        names = ("channel", "channel_id", "user_id", "view_id", "trigger_id", "user", "users")
        return next((self.text(name) for name in names if self.text(name)), "")
