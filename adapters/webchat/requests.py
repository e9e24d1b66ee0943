"""What the page posts that concerns no question: a menu's button, a form that was filled in; and what it gets back."""

import re
from dataclasses import dataclass
from typing import Any, Final

from adapters.webchat import render
from adapters.webchat.errors import NotOurEvent
from adapters.webchat.parse import PageEvent
from adapters.webchat.sessions import Visitor, members_own
from bot.address import Address
from bot.errors import BadToken
from bot.events import FormSent, MenuPressed, Person, Request
from bot.ports import Tokens
from bot.service.commands import Answer
from bot.texts import best_locale
from bot.texts import texts as texts_of

_TYPES: Final = frozenset({"menu", "form"})
_MESSAGE: Final = re.compile(r"[dm]-[A-Za-z0-9-]{1,64}")  # `adapters.webchat.channel.message_id`


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads where: `place` is the conversation, `own` where this person alone reads. `member` has been proved."""

    workspace: str
    place: Address
    own: Address
    member: str | None = None


def of_visitor(visitor: Visitor) -> Reader:
    """In a conversation of the web chat; of those who read the owner's, the one who holds the token."""
    return Reader(visitor.workspace, visitor.address, visitor.own, visitor.member)


def of_member(workspace: str, member: str) -> Reader:
    """At the staff desk, where everybody has their own."""
    return Reader(workspace, members_own(member), members_own(member), member)


def asks(event: PageEvent) -> bool:
    """Does it want something of the program itself?"""
    return event.type in _TYPES


def read(event: PageEvent, reader: Reader, tokens: Tokens, language: str | None) -> Request:
    """The request that a page's event means; answered in its place, so that nothing of it is stored as a message.

    `language` is the browser's, for a page that does not tell its own. Errors: `BadToken`, `NotOurEvent`.
    """
    sender = tokens.digest("sender", f"{reader.workspace}|{reader.own.key}")
    return Request(
        event_id=f"webchat:{sender}:{event.event_id}",
        workspace=reader.workspace,
        address=reader.place,
        person=Person(reader.own, locale=best_locale(event.locale or language, "") or None),
        event=_wanted(event, reader, tokens),
        # A message that is only shown, such as a preview, has an id of the page's own.
        message=event.message if event.message and _MESSAGE.fullmatch(event.message) else "",
        in_place=True,
        member=reader.member,
    )


def _wanted(event: PageEvent, reader: Reader, tokens: Tokens) -> MenuPressed | FormSent:
    if event.type == "form":
        return FormSent(event.values, _state(event.state or "", reader, tokens))
    if event.value is None:
        raise NotOurEvent("An event of type menu needs the value of its button.")
    return MenuPressed(event.value)


def answered(answer: Answer, reader: Reader, tokens: Tokens, language: str | None) -> dict[str, Any]:
    """The answer as JSON (docs/webchat-protocol.md). One that was lost on its way is not made a second time."""
    texts = texts_of(best_locale(language))
    lost = texts("The answer was lost on its way here. Press the button once more.") if answer.known else None
    form = answer.form
    return {
        "ok": True,
        "notice": answer.notice or lost,
        "prompts": [render.prompt(prompt, tokens) for prompt in answer.prompts],
        "form": render.form(form, tokens.issue("form", f"{reader.own.key} {form.state}")) if form else None,
        "errors": dict(answer.errors),
    }


def _state(state: str, reader: Reader, tokens: Tokens) -> str:
    """What the form brought along; `BadToken` unless we gave it to this reader."""
    found, own = tokens.read("form", state), f"{reader.own.key} "
    if not found.startswith(own):
        raise BadToken("This form was opened by somebody else; open it again.")
    return found.removeprefix(own)
