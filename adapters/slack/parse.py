"""Turns a payload of Slack's into what the core can record, or into nothing."""

from adapters.slack.acts import is_tap, of_command, of_interaction, place_of
from adapters.slack.decoding import NotOurs, decode_command, decode_event, decode_interaction
from adapters.slack.happenings import actor, of_event
from adapters.slack.payloads import Command, Envelope, Interaction, Payload
from adapters.slack.received import (
    Acting,
    Foreign,
    FormOpened,
    Gone,
    Here,
    HomeOpened,
    Marked,
    Me,
    Migrated,
    Pressed,
    Received,
    Refused,
    Revoked,
    Submitted,
    WriteWanted,
)
from adapters.slack.standpoint import CHANNEL, Standpoint, reply
from bot.events import Person
from bot.ports import Tokens

__all__ = [
    "CHANNEL", "Acting", "Command", "Envelope", "Foreign", "FormOpened", "Gone", "Here", "HomeOpened", "Interaction",
    "Marked", "Me", "Migrated", "NotOurs", "Payload", "Pressed", "Received", "Refused", "Revoked", "Submitted",
    "WriteWanted", "acting", "decode_command", "decode_event", "decode_interaction", "is_tap", "person", "read",
    "response_url", "trigger_id",
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
            return seen.person(user.id, user.profile) if user is not None else None
        case Command():
            return seen.person(payload.user_id)
        case Envelope(event=event):
            return actor(event, seen) if event is not None else None


def acting(payload: Payload, me: Me) -> Acting | None:
    """Who waits for an answer to it; None for bots and for what nobody did."""
    who, seen = person(payload, me), Standpoint(me)
    if who is None:
        return None
    user, answer = who.address.conversation, reply(response_url(payload))
    match payload:
        case Interaction():
            view, submits = payload.view, payload.type == "view_submission"
            values = view.state.values if submits and view is not None and view.state is not None else {}
            told = payload.type in {"block_actions", "message_action"}
            return Acting(place_of(payload, seen, user), answer, submits, next(iter(values), ""), told)
        case Command():
            return Acting(seen.place(payload.channel_id, user=user), answer, False, "", True)
        case Envelope(event=event):
            where = event.where if event is not None else ""
            return Acting(seen.place(where, user=user), answer, False, "", False)


def trigger_id(payload: Payload) -> str:
    """What opens a dialogue, once and within 3 seconds (https://docs.slack.dev/interactivity/handling-user-interaction);
    empty when there is none."""
    return "" if isinstance(payload, Envelope) else payload.trigger_id


def response_url(payload: Payload) -> str:
    """Where that person alone can be answered; empty when there is none."""
    return "" if isinstance(payload, Envelope) else payload.response_url
