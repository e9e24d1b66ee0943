"""What Slack and the way to it can answer, told apart by what is to be done next, in our own words.

Slack names its errors with each method, as at https://docs.slack.dev/reference/methods/chat.postMessage/.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import PulssiError, RecipientUnreachable, TryAgainLater

DEFAULT_PAUSE: Final = 30.0  # seconds, where Slack tells none
_TOO_MANY_REQUESTS: Final = 429
_UNAVAILABLE: Final = 503
_SERVER: Final = 500

_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "channel_not_found": "unreachable",
        "user_not_found": "unreachable",
        "users_not_found": "unreachable",
        "user_not_visible": "unreachable",
        "user_disabled": "unreachable",
        "user_is_bot": "unreachable",
        "cannot_dm_bot": "unreachable",
        "team_not_found": "unreachable",
        "messages_tab_disabled": "no_direct_messages",
        "cannot_dm_external": "no_direct_messages",
        "is_archived": "archived",
        "is_inactive": "archived",
        "not_in_channel": "not_invited",
        "user_not_in_channel": "left_channel",
        "thread_not_found": "refused",
        "cannot_reply_to_message": "refused",
        "access_denied": "no_rights",
        "ekm_access_denied": "no_rights",
        "team_access_not_granted": "no_rights",
        "no_permission": "no_rights",
        "not_allowed": "no_rights",
        "slack_connect_restricted": "no_rights",
        "channel_type_not_supported": "no_rights",
        "method_not_supported_for_channel_type": "no_rights",
    }
)
_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "unreachable": (
            "There is no such person or channel for this bot; it sees a private channel once invited: /invite @pulssi"
        ),
        "no_direct_messages": (
            "The bot may not write to this person directly; switch on the Messages tab in the app's settings, or ask "
            "people of another organisation in the channel that you share"
        ),
        "archived": "The channel is archived; choose another one",
        "not_invited": "The bot is not in the channel; invite it there: /invite @pulssi",
        "left_channel": "The person is not in the channel any more",
        "no_rights": "An admin of the workspace does not let the bot write there",
        "refused": "Slack does not accept the message",
    }
)
_OUR_TOKEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "org_login_required"),
            "Slack does not know the token in SLACK_BOT_TOKEN any more: the app was removed, or the token replaced. "
            "Install the app again at https://api.slack.com/apps, put its Bot User OAuth Token there and start again",
        ),
        **dict.fromkeys(
            ("missing_scope", "not_allowed_token_type", "no_scope"),
            "The token in SLACK_BOT_TOKEN lacks a right: put in the manifest of `pulssi slack-manifest` at "
            "https://api.slack.com/apps and install the app again; `pulssi doctor` names what is missing",
        ),
        "accesslimited": "Slack takes no calls from this network: allow its address in the app's settings",
    }
)
# Slack itself could not: "it's possible some aspect of the operation succeeded before the error was raised".
_HALF_DONE: Final = frozenset({"internal_error", "fatal_error"})
_AWAY: Final = frozenset(
    {
        "service_unavailable", "request_timeout", "team_added_to_org", "external_channel_migrating",
        "migration_in_progress",
    }
)  # fmt: skip
_CODE: Final = re.compile("[a-z_]{1,60}")
_TOO_MANY: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_MALFORMED: Final = frozenset({"invalid_blocks", "invalid_blocks_format"})
_GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"})
# Nothing of the request can have been read at the other end.
_NOTHING_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


def translated(error: SlackClientError | aiohttp.ClientError | TimeoutError, doing: str) -> PulssiError:
    """What `error` means for whom it is sent for; `doing` completes "while …", as in "sending a message".

    `RecipientUnreachable` (no retry; `reason` has a `hint`) or `TryAgainLater`. The words are ours alone: no token, no
    address, nothing that Slack or a person wrote.
    """
    if isinstance(error, SlackApiError):
        return _answered(error, doing)
    if isinstance(error, _NOTHING_SENT):
        return TryAgainLater(f"Slack cannot be reached (while {doing}).")
    if isinstance(error, TimeoutError):
        return TryAgainLater(f"Slack did not answer in time (while {doing}).", unsure=True)
    return TryAgainLater(f"The connection to Slack broke (while {doing}).", unsure=True)


def unaccepted(status: int, headers: Mapping[str, str], doing: str) -> TryAgainLater:
    """As `translated`, for an answer that is told by its HTTP status alone."""
    if status == _TOO_MANY_REQUESTS:
        return _pause(_seconds(headers), doing)
    return TryAgainLater(f"Slack answered with HTTP status {status} (while {doing}).")


def code_of(error: SlackApiError) -> str:
    """Slack's name for the error; empty where it gave none."""
    body = getattr(error.response, "data", error.response)  # what is no answer in JSON comes in many shapes
    found = body.get("error") if isinstance(body, Mapping) else None
    return found if isinstance(found, str) and _CODE.fullmatch(found) else ""


def is_gone(error: SlackApiError) -> bool:
    """Can the message not be edited any more: deleted, not ours, or past the time that the workspace allows?"""
    return code_of(error) in _GONE


def is_malformed(error: SlackApiError) -> bool:
    """Does it refuse the blocks? So it does as well while it has not looked at an uploaded file that they show."""
    return code_of(error) in _MALFORMED


def is_limited(error: SlackApiError) -> bool:
    """Does Slack ask for a pause?"""
    return _status(error) == _TOO_MANY_REQUESTS or code_of(error) in _TOO_MANY


def is_our_token(error: SlackApiError) -> bool:
    """Does Slack refuse our token, for all that it is used for or for this alone?"""
    return code_of(error) in _OUR_TOKEN


def retry_after(error: SlackApiError) -> float:
    """The pause that Slack asks for, in seconds."""
    headers = getattr(error.response, "headers", None)
    return _seconds(headers if isinstance(headers, Mapping) else {})


def hint(reason: str) -> str:
    """What can be done about a reason of `RecipientUnreachable`, as a sentence without its full stop."""
    return _HINTS.get(reason, _HINTS["refused"])


def _answered(error: SlackApiError, doing: str) -> PulssiError:
    code, status = code_of(error), _status(error)
    if is_limited(error):
        return _pause(retry_after(error), doing)
    if code in _OUR_TOKEN:
        return TryAgainLater(f"{_OUR_TOKEN[code]} (while {doing}).")
    if code in _AWAY or code in _HALF_DONE or status >= _SERVER:
        unsure = code in _HALF_DONE or (not code and status != _UNAVAILABLE)
        return TryAgainLater(f"Slack is out of order for the moment (while {doing}).", unsure=unsure)
    if not code:
        return TryAgainLater(f"Slack's answer cannot be read (while {doing}).", unsure=True)
    reason = "no_rights" if code.startswith("restricted_action") else _REASONS.get(code, "refused")
    return RecipientUnreachable(f"{hint(reason)} ({code}, while {doing}).", reason)


def _pause(seconds: float, doing: str) -> TryAgainLater:
    return TryAgainLater(f"Slack asks for a pause of {seconds:g} s (while {doing}).", after=seconds)


def _status(error: SlackApiError) -> int:
    found = getattr(error.response, "status_code", getattr(error.response, "status", 0))
    return found if isinstance(found, int) else 0


def _seconds(headers: Mapping[str, str]) -> float:
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(told) if str(told).isdigit() else DEFAULT_PAUSE
