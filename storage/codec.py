"""Domain values as plain JSON and back, for the sealed columns that hold them."""

import json
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, get_args

import msgspec

from bot.address import Address
from bot.events import Arrival, CustomerEvent, InvitationEvent
from bot.ports import Dispatch
from bot.prompts import UNSAID, Prompt
from bot.steps import View

# By name: the events are plain dataclasses, and a name outlives a change of their fields.
_EVENTS: Mapping[str, type[Any]] = MappingProxyType(
    {event.__name__: event for event in (*get_args(InvitationEvent), *get_args(CustomerEvent))}
)

_PROMPT_FIELDS = tuple(field.name for field in fields(Prompt))


def plain(value: object) -> Any:
    """A frozen dataclass of ours as dicts, lists and scalars."""
    return msgspec.to_builtins(value)


def address_from(found: object) -> Address:
    """The address that `plain` took apart."""
    return msgspec.convert(found, Address)


def said_in(body: Mapping[str, Any]) -> tuple[Prompt, View | None]:
    """What a dispatch of this body says, or the view whose words are made later."""
    return (UNSAID, View(body["view"])) if "view" in body else (prompt_from(body["prompt"]), None)


def prompt_body(prompt: Prompt) -> dict[str, Any]:
    """The prompt for a sealed column, in the order of its fields.

    Without a picture it is as it was before there were any: most rows are written at a tap, and an older program may
    have to read them.
    """
    body = {name: getattr(prompt, name) for name in _PROMPT_FIELDS}
    if prompt.picture is None:
        del body["picture"]
    return body


def prompt_from(found: object) -> Prompt:
    """The prompt that `prompt_body` took apart."""
    return msgspec.convert(found, Prompt)


def dispatch_body(dispatch: Dispatch) -> dict[str, Any]:
    """What an outbox row keeps sealed: where it goes, what it says, which message it replaces."""
    # The column's type makes plain JSON of the dataclasses as well.
    body: dict[str, Any] = {"address": dispatch.address, "message": dispatch.message}
    if dispatch.view is None:
        body["prompt"] = prompt_body(dispatch.prompt)
    else:
        body["view"] = dispatch.view
    if dispatch.alone:
        body["alone"] = True
    marks = {"shows": dispatch.shows, "tells": dispatch.tells, "lasting": dispatch.lasting}
    body |= {name: value for name, value in marks.items() if value}
    return {**body, "reply": dispatch.reply} if dispatch.reply else body


def arrival_text(arrival: Arrival) -> str:
    """The arrival as JSON in ASCII, which holds anything that a platform can send, half characters included."""
    body = {
        "event_id": arrival.event_id,
        "workspace": arrival.workspace,
        "address": plain(arrival.address),
        "event": {"name": type(arrival.event).__name__, "fields": plain(arrival.event)},
        "invitation": arrival.invitation,
        "message": arrival.message,
        "aloud": arrival.aloud,
        "locale": arrival.locale,
        "reply": arrival.reply,
    }
    return json.dumps(body)


def arrival_from(text: str) -> Arrival:
    """The arrival that `arrival_text` wrote."""
    body = json.loads(text)
    event = body["event"]
    return Arrival(
        event_id=body["event_id"],
        workspace=body["workspace"],
        address=address_from(body["address"]),
        event=msgspec.convert(event["fields"], _EVENTS[event["name"]]),
        invitation=body["invitation"],
        message=body.get("message", ""),  # rows of an older program lack these two
        aloud=body.get("aloud", False),
        locale=body.get("locale"),
        reply=body.get("reply", ""),
    )
