"""Turns a payload of Slack's into what the core can record, or into nothing."""

from adapters.slack.acts import of_command, of_interaction
from adapters.slack.decoding import NotOurs, decode_command, decode_event, decode_interaction
from adapters.slack.happenings import actor, of_event
from adapters.slack.payloads import Command, Envelope, Interaction, Payload
from adapters.slack.received import (
    Foreign,
    FormOpened,
    HomeOpened,
    Marked,
    Me,
    Pressed,
    Received,
    Refused,
    Revoked,
    Submitted,
    WriteWanted,
)
from adapters.slack.standpoint import CHANNEL, Standpoint
from adapters.whereabouts import Gone, Here, Migrated
from bot.events import Person
from bot.ports import Tokens

__all__ = [
    "CHANNEL", "Command", "Envelope", "Foreign", "FormOpened", "Gone", "Here", "HomeOpened", "Interaction",
    "Marked", "Me", "Migrated", "NotOurs", "Payload", "Pressed", "Received", "Refused", "Revoked", "Submitted",
    "WriteWanted", "decode_command", "decode_event", "decode_interaction", "person", "read",
]  # fmt: skip


def read(payload: Payload, me: Me, tokens: Tokens) -> tuple[Received, ...]:
    """What the payload means to us, mostly one thing or none. `BadToken` for a button that is not one of ours."""
    seen = Standpoint(me)
    if me.app and payload.api_app_id not in {"", me.app}:
        return (Foreign(payload.api_app_id),)
    match payload:
        case Interaction():
            found = of_interaction(payload, seen, tokens)
        case Envelope():
            found = of_event(payload, seen)
        case Command():
            found = of_command(payload, seen)
    return tuple(received for received in found if received is not None)


def person(payload: Payload, me: Me) -> Person | None:
    """Who acted, with the name that they show, if Slack tells it; None for bots and for what nobody did."""
    seen = Standpoint(me)
    match payload:
        case Interaction(user=user):
            return seen.person(user.id) if user is not None else None
        case Command():
            return seen.person(payload.user_id)
        case Envelope(event=event):
            return actor(event, seen) if event is not None else None
