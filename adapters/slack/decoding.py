"""Decodes Slack's JSON, or what Bolt made of it; unknown fields and kinds are no mistakes."""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from adapters.slack.payloads import Command, Envelope, Interaction
from bot.errors import WrongUse

# Kinds of events whose parts must fit; of all others the kind is enough.
READ_EVENTS: Final = frozenset(
    {
        "message", "reaction_added", "app_home_opened", "member_left_channel", "channel_left", "group_left",
        "channel_archive", "group_archive", "channel_deleted", "group_deleted", "channel_id_changed",
        "app_uninstalled", "tokens_revoked",
    }
)  # fmt: skip
_Kind = TypeVar("_Kind", Interaction, Envelope, Command)
_INTERACTION: Final = msgspec.json.Decoder(Interaction)
_EVENT: Final = msgspec.json.Decoder(Envelope)
_MISFITS: Final = (msgspec.DecodeError, UnicodeError, RecursionError)


class NotOurs(WrongUse):
    """This is no payload of Slack's, or one that cannot be read."""


def decode_interaction(raw: bytes | str | Mapping[str, Any]) -> Interaction:
    """What somebody did with buttons, dialogues and shortcuts. `NotOurs` for what is no such payload."""
    try:
        return msgspec.convert(raw, Interaction) if isinstance(raw, Mapping) else _INTERACTION.decode(raw)
    except _MISFITS:
        return _salvaged(_tidied(raw), Interaction)


def decode_event(raw: bytes | str | Mapping[str, Any]) -> Envelope:
    """An event with what is wrapped around it. `NotOurs` for what is no such payload."""
    try:
        return msgspec.convert(raw, Envelope) if isinstance(raw, Mapping) else _EVENT.decode(raw)
    except _MISFITS:
        envelope = _tidied(raw)
    event = envelope.get("event")
    if isinstance(event, dict) and str(event.get("type")) not in READ_EVENTS:
        envelope["event"] = {"type": event.get("type")}
    return _salvaged(envelope, Envelope)


def decode_command(fields: Mapping[str, Any]) -> Command:
    """A slash command by the fields of its form. `NotOurs` when it does not tell what and who."""
    return _salvaged(_tidied(fields), Command)


def _tidied(raw: bytes | str | Mapping[str, Any]) -> dict[str, Any]:
    """The JSON without null, which says the same as a missing field, without broken UTF-8 and half surrogate pairs."""
    try:
        text = json.dumps({**raw}) if isinstance(raw, Mapping) else raw
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        whole = json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "ignore")
        tidied = _without_null(json.loads(whole))
    except (TypeError, ValueError, RecursionError) as error:
        raise NotOurs("This is not JSON.") from error
    if not isinstance(tidied, dict):
        raise NotOurs("This is JSON, but no payload of Slack's.")
    return tidied


def _without_null(value: object) -> object:
    match value:
        case dict():
            return {key: _without_null(part) for key, part in value.items() if part is not None}
        case list():
            return [_without_null(part) for part in value if part is not None]
        case _:
            return value


def _salvaged(payload: dict[str, Any], kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise NotOurs("This is JSON, but no payload of Slack's that we can read.") from error
