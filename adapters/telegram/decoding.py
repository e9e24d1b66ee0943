"""Decodes Telegram's JSON, one decoder for webhook and polling; nothing odd in one update stops another."""

import json
from contextlib import suppress
from typing import Final

import msgspec

from adapters.telegram.updates import Update
from bot.errors import WrongUse


class NotOurUpdate(WrongUse):
    """The body is JSON, but no update of the Bot API."""


class _Batch(msgspec.Struct):
    result: list[Update]


_ONE: Final = msgspec.json.Decoder(Update)
_BATCH: Final = msgspec.json.Decoder(_Batch)
_MISFITS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode(body: bytes) -> Update:
    """The update in this body. `msgspec.DecodeError` when it is not JSON, `NotOurUpdate` when it has no update_id.

    An update whose parts are not what we expect comes back with its `update_id` alone, to be acknowledged and ignored.
    """
    try:
        return _ONE.decode(body)
    except _MISFITS:
        return _salvaged(_loosely(body))


def decode_batch(payload: bytes) -> list[Update]:
    """The updates in an answer of getUpdates; one that does not fit (see `decode`) costs no other.

    `msgspec.DecodeError` when it is not JSON, `NotOurUpdate` when it holds no list of updates.
    """
    try:
        return _BATCH.decode(payload).result
    except _MISFITS:
        answer = _loosely(payload)
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, list):
        raise NotOurUpdate("This is not an answer of getUpdates: it has no list of results.")
    updates = []
    for part in result:
        with suppress(NotOurUpdate):
            updates.append(_salvaged(part))
    return updates


def _loosely(body: bytes) -> object:
    """The JSON of a body in which half a surrogate pair or broken UTF-8 must not stop what stands beside it."""
    try:
        loose = json.loads(body.decode("utf-8", "replace"))
        return json.loads(json.dumps(loose, ensure_ascii=False).encode("utf-8", "ignore"))
    except (ValueError, RecursionError) as error:
        raise msgspec.DecodeError("The body is not JSON.") from error


def _salvaged(part: object) -> Update:
    try:
        return msgspec.convert(part, Update)
    except msgspec.ValidationError:
        number = part.get("update_id") if isinstance(part, dict) else None
    try:
        return msgspec.convert({"update_id": number}, Update)
    except msgspec.ValidationError as error:
        raise NotOurUpdate("This is JSON, but not an update of the Bot API: it has no update_id.") from error
