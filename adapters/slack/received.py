"""What a payload of Slack's can mean beside the core's own events."""

from dataclasses import dataclass
from typing import Literal

from adapters.whereabouts import Gone, Here, Migrated
from bot.address import Address
from bot.events import Arrival, Request


@dataclass(frozen=True, slots=True)
class Me:
    """The bot that reads. `account` is the team's id, `workspace` whose it is; `user` and `bot` are the bot's two ids.

    `app` is the app's id, empty while it is not known; `reaction` the name of the sign that asks, empty for none.
    """

    account: str
    workspace: str
    user: str
    bot: str
    app: str
    reaction: str


@dataclass(frozen=True, slots=True)
class WriteWanted:
    """Somebody wants to write a comment: the dialogue is to open by `trigger`, once and within 3 seconds.

    `token` is the invitation's and goes into the dialogue, `invitation` what it says; `address` is where the button
    stood and who pressed it; `response` the way to answer that person alone, as in `Arrival.reply`.
    """

    trigger: str
    token: str
    invitation: str
    address: Address
    response: str


@dataclass(frozen=True, slots=True)
class FormOpened:
    """A member wants the form (FormWanted): the dialogue is to open by `trigger`, once and within 3 seconds."""

    trigger: str
    request: Request


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at the first page of the app, which is to show what the request's answer is."""

    request: Request


@dataclass(frozen=True, slots=True)
class Pressed:
    """A menu's button in a dialogue or on the first page of the app, which is to show the answer in its stead."""

    request: Request
    view_id: str
    view_hash: str
    surface: Literal["modal", "home"]


@dataclass(frozen=True, slots=True)
class Submitted:
    """The form was sent (FormSent); the answer to it says what stands in the dialogue next."""

    request: Request
    view_id: str


@dataclass(frozen=True, slots=True)
class Marked:
    """The agreed sign was put on a message (MessageMarked); it asks only where the message begins a thread of its own,
    which the event does not tell."""

    request: Request
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """The team removed the app, or took back the bot's token; `reason` is the event's kind."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody of another team used what is for members of ours; they can be told by `reply`, as in `Arrival.reply`."""

    reply: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """It is meant for another team or another app; `whose` is its id."""

    whose: str


Received = (
    Arrival | Request | WriteWanted | FormOpened | HomeOpened | Pressed | Submitted | Marked | Here | Gone | Migrated
    | Revoked | Refused | Foreign
)  # fmt: skip
