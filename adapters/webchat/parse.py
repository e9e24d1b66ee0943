"""Decodes what the page posts into an event of the core."""

import unicodedata
from collections.abc import Callable
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from adapters.presses import EVENTS
from adapters.webchat.errors import NotOurEvent
from adapters.webchat.sessions import Visitor
from bot.events import (
    Arrival,
    CommentWritten,
    CustomerEvent,
    Delivered,
    InvitationEvent,
    OptedIn,
    OptedOut,
    ScoreChosen,
    TextWritten,
)
from bot.ports import Tokens

Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Token = Annotated[str, msgspec.Meta(max_length=200)]


class PageEvent(msgspec.Struct):
    """The fields of `POST /webchat/events` that we read; others are ignored."""

    event_id: UUID
    type: Literal["shown", "score", "comment", "text", "press", "stop", "start", "menu", "form"]
    token: Token | None = None
    score: int | None = None
    text: Text | None = None
    reply_to: Token | None = None
    action: Token | None = None
    value: Text | None = None
    message: Token | None = None
    values: dict[Token, Text] = {}
    state: Text | None = None
    locale: Token | None = None


_DECODER: Final = msgspec.json.Decoder(PageEvent)
_PRESSES: Final[dict[str, InvitationEvent | CustomerEvent]] = {action.value: event for action, event in EVENTS.items()}


def decode(body: bytes) -> PageEvent:
    """The event in this body. `msgspec.DecodeError` when it is not JSON, `NotOurEvent` when it is not one of ours."""
    try:
        return _DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise NotOurEvent(f"This is not an event of the chat: {error}.") from error
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError("The body is not UTF-8.") from error


def read(event: PageEvent, visitor: Visitor, tokens: Tokens) -> Arrival:
    """The arrival that a page's event means. `BadToken` for a forged button, `NotOurEvent` for a missing key."""
    wanted = _wanted(event)
    # Event ids stand in the database as they are, so they name nobody.
    sender = tokens.digest("sender", f"{visitor.workspace}|{visitor.id}")
    bound = event.type in {"shown", "score", "comment", "press"}
    return Arrival(
        event_id=f"webchat:{sender}:{event.event_id}",
        workspace=visitor.workspace,
        address=visitor.address,
        event=wanted,
        invitation=_invitation(event, tokens) if bound else None,
    )


def _invitation(event: PageEvent, tokens: Tokens) -> str:
    if event.token is None:
        raise NotOurEvent(f"An event of type {event.type} needs the token of its message.")
    return tokens.read("invitation", event.token)


def _wanted(event: PageEvent) -> InvitationEvent | CustomerEvent:
    return _TYPES[event.type](event)


def _score(event: PageEvent) -> ScoreChosen:
    if event.score is None:
        raise NotOurEvent("An event of type score needs the score.")
    return ScoreChosen(event.score)


def _press(event: PageEvent) -> InvitationEvent | CustomerEvent:
    if event.action not in _PRESSES:
        raise NotOurEvent(f"There is no button {event.action!r}; there are {', '.join(_PRESSES)}.")
    return _PRESSES[event.action]


def _text(event: PageEvent) -> str:
    # PostgreSQL cannot store NUL, and a lone surrogate is no text at all.
    text = (event.text or "").replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()
    # Spaces of no width, marks of direction and the like: words that nobody could read.
    if all(unicodedata.category(sign)[0] in "CZ" for sign in text):
        raise NotOurEvent(f"An event of type {event.type} needs some text.")
    return text


def _replied_to(message: str | None) -> str | None:
    return message.removeprefix("m-") if message and message.startswith("m-") else None


_TYPES: Final[dict[str, Callable[[PageEvent], InvitationEvent | CustomerEvent]]] = {
    "shown": lambda _: Delivered(),
    "score": _score,
    "comment": lambda event: CommentWritten(_text(event)),
    "text": lambda event: TextWritten(_text(event), _replied_to(event.reply_to)),
    "press": _press,
    "stop": lambda _: OptedOut(),
    "start": lambda _: OptedIn(),
}
