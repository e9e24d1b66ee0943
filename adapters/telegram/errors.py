"""What Telegram and the way to it can answer, told apart by what is to be done next, in our own words."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.errors import Moved, PulssiError, RecipientUnreachable, TryAgainLater

# Telegram documents no list of its descriptions; these are the ones that its server and client sources hold.
_FORBIDDEN: Final = (
    ("blocked", "blocked"),
    ("can't initiate", "not_started"),
    ("deactivated", "unreachable"),
    ("kicked", "no_rights"),
    ("not a member", "no_rights"),
    ("rights", "no_rights"),
)
_BAD_REQUEST: Final = (
    ("chat not found", "unreachable"),
    ("user not found", "unreachable"),
    ("peer_id_invalid", "unreachable"),
    ("user_deactivated", "unreachable"),
    ("business_peer_invalid", "unreachable"),
    ("business_connection_invalid", "unreachable"),
    ("business connection not found", "unreachable"),
    ("business_peer_usage_missing", "unreachable"),
    ("group chat was deactivated", "unreachable"),
    ("not enough rights", "no_rights"),
    ("have no rights", "no_rights"),
    ("need administrator rights", "no_rights"),
    ("chat_write_forbidden", "no_rights"),
    ("topic_closed", "no_rights"),
    ("topic_deleted", "no_rights"),
    ("message thread not found", "no_rights"),
)
_SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        "blocked": "The person has blocked the bot",
        "not_started": "The person has not started the bot yet; a link brings them to it",
        "unreachable": "There is no such chat for this bot, or it was deleted",
        "no_rights": "The bot may not write there; make it a member that may send messages, or choose an open topic",
        "refused": "Telegram does not accept the message",
    }
)
# Nothing of the request can have been read at the other end.
_NOTHING_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def translated(error: TelegramError | httpx.HTTPError, doing: str) -> PulssiError:
    """What `error` means for whom it is sent for; `doing` completes "while …", as in "sending a message".

    `RecipientUnreachable` (no retry; `reason` is one of `_SAID`), `Moved` or `TryAgainLater`. The words are ours alone:
    no token, no address, nothing that Telegram or a person wrote.
    """
    match error:
        case RetryAfter():
            seconds = retry_after(error)
            return TryAgainLater(
                f"Telegram asks for a pause of {seconds:g} s (while {doing}).", after=seconds, whole=True
            )
        case ChatMigrated():
            return Moved(f"The group became a supergroup with another id (while {doing}).", str(error.new_chat_id))
        case Forbidden() | BadRequest():
            return _refused(error, doing)
        case InvalidToken():
            return TryAgainLater(
                f"Telegram does not know the token in TELEGRAM_BOT_TOKEN (while {doing}): ask @BotFather for the bot's "
                "token, /mybots and then API Token, put it there and start again."
            )
        case Conflict():
            return TryAgainLater(f"Another program uses this bot's token at the same time (while {doing}).")
        case _:
            return _away(error, doing)


def retry_after(error: RetryAfter) -> float:
    """The pause that Telegram asks for, in seconds; the library gives a number, or a span with `PTB_TIMEDELTA=1`."""
    asked = error.retry_after
    return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)


def is_harmless(error: TelegramError) -> bool:
    """Is what was wanted already so, or too late to matter (an edit to the same text, an answer to an old tap)?"""
    return _says(error, "message is not modified", "query is too old")


def is_gone(error: TelegramError) -> bool:
    """Can the message not be edited any more: deleted, or past the time that Telegram allows?"""
    return _says(error, "message to edit not found", "message can't be edited", "message_id_invalid")


def _says(error: TelegramError, *words: str) -> bool:
    said = error.message.lower()
    return isinstance(error, BadRequest) and any(word in said for word in words)


def _refused(error: Forbidden | BadRequest, doing: str) -> RecipientUnreachable:
    known, otherwise = (_FORBIDDEN, "unreachable") if isinstance(error, Forbidden) else (_BAD_REQUEST, "refused")
    said = error.message.lower()
    reason = next((reason for words, reason in known if words in said), otherwise)
    return RecipientUnreachable(f"{_SAID[reason]} (while {doing}).", reason)


def _away(error: TelegramError | httpx.HTTPError, doing: str) -> TryAgainLater:
    cause = error if isinstance(error, httpx.HTTPError) else error.__cause__
    if isinstance(cause, _NOTHING_SENT):
        return TryAgainLater(f"Telegram cannot be reached (while {doing}).")
    if isinstance(cause, httpx.TimeoutException):
        return TryAgainLater(f"Telegram did not answer in time (while {doing}).", unsure=True)
    if _came_with_a_status(error, cause):
        return TryAgainLater(f"Telegram is out of order for the moment (while {doing}).")
    return TryAgainLater(f"The connection to Telegram broke (while {doing}).", unsure=True)


def _came_with_a_status(error: TelegramError | httpx.HTTPError, cause: BaseException | None) -> bool:
    """Did an answer come, as with 5xx? The library keeps no status, but its error has no cause but a body that no one
    can read."""
    return type(error) is NetworkError and (cause is None or isinstance(cause, TelegramError))
