"""What Slack and the way to it answer, and what is to be done next."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.errors import hint, is_gone, is_limited, retry_after, translated, unaccepted
from bot.errors import RecipientUnreachable, TryAgainLater

DOING = "sending a message"
SECRET = "https://slack.com/api/chat.postMessage?token=xoxb-secret my words"  # noqa: S105  (opens nothing)


def refused(code: str, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> SlackApiError:
    body = {"ok": False, "error": code, **more} if code else {}
    return answered(body, status, headers)


def answered(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> SlackApiError:
    response = AsyncSlackResponse(
        client=AsyncWebClient(), http_verb="POST", api_url=SECRET, req_args={}, data=body, headers=dict(headers or {}),
        status_code=status,
    )  # fmt: skip
    return made(SECRET, response)


def made(message: str, response: Any) -> SlackApiError:
    return SlackApiError(message, response)  # type: ignore[no-untyped-call]  # the library's


def later(error: SlackClientError | aiohttp.ClientError | TimeoutError) -> TryAgainLater:
    found = translated(error, DOING)
    assert isinstance(found, TryAgainLater)
    return found


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("channel_not_found", "unreachable"),
        ("user_not_found", "unreachable"),
        ("user_disabled", "unreachable"),
        ("cannot_dm_bot", "unreachable"),
        ("messages_tab_disabled", "no_direct_messages"),
        ("is_archived", "archived"),
        ("not_in_channel", "not_invited"),
        ("user_not_in_channel", "left_channel"),
        ("restricted_action", "no_rights"),
        ("restricted_action_read_only_channel", "no_rights"),
        ("restricted_action_thread_only_channel", "no_rights"),
        ("ekm_access_denied", "no_rights"),
        ("team_access_not_granted", "no_rights"),
        ("cannot_reply_to_message", "refused"),
        ("invalid_blocks", "refused"),
        ("msg_too_long", "refused"),
        ("no_text", "refused"),
        ("something_new", "refused"),
    ],
)
def test_what_no_second_try_helps(code: str, reason: str) -> None:
    found = translated(refused(code), DOING)
    assert isinstance(found, RecipientUnreachable)
    assert found.reason == reason
    assert hint(reason) in str(found)
    assert code in str(found)


def test_who_is_not_in_a_channel_is_told_how_to_get_there() -> None:
    assert "/invite @pulssi" in str(translated(refused("not_in_channel"), DOING))


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("token_revoked", "Install the app again"),
        ("token_expired", "SLACK_BOT_TOKEN"),
        ("account_inactive", "SLACK_BOT_TOKEN"),
        ("not_authed", "SLACK_BOT_TOKEN"),
        ("missing_scope", "pulssi slack-manifest"),
        ("accesslimited", "network"),
    ],
)
def test_what_is_wrong_with_our_own_token_loses_nothing(code: str, word: str) -> None:
    found = later(refused(code, needed="chat:write", provided="xoxb-secret"))
    assert word in str(found)
    assert not found.unsure


def test_a_pause_is_as_long_as_slack_asks() -> None:
    error = refused("ratelimited", 429, {"Retry-After": "7"})
    assert (later(error).after, later(error).whole, is_limited(error), retry_after(error)) == (7.0, False, True, 7.0)
    assert later(answered("slow down", 429, {"retry-after": "3"})).after == 3.0
    assert later(refused("rate_limited")).after == 30.0
    assert not is_limited(refused("internal_error"))


@pytest.mark.parametrize(
    ("error", "unsure"),
    [
        (refused("internal_error"), True),
        (refused("fatal_error"), True),
        (refused("service_unavailable"), False),
        (refused("request_timeout"), False),
        (refused("", 500), True),
        (refused("", 502), True),
        (refused("", 503), False),
        (refused("internal_error", 500), True),
        (answered("no JSON", 200), True),
        (answered(None, 504), True),
        (made("made of nothing", {"ok": False}), True),
        (made("made of nothing", None), True),
        (SlackClientError("out of the library"), True),
        (aiohttp.ServerDisconnectedError(), True),
        (aiohttp.ClientOSError(104, SECRET), True),
        (aiohttp.SocketTimeoutError(SECRET), True),
        (aiohttp.ClientPayloadError(SECRET), True),
        (aiohttp.ConnectionTimeoutError(SECRET), False),
        (aiohttp.InvalidURL(SECRET), False),
        (TimeoutError(), True),
    ],
)
def test_what_passes_is_tried_again(error: SlackClientError | aiohttp.ClientError | TimeoutError, unsure: bool) -> None:
    assert later(error).unsure is unsure


def test_what_never_connected_was_surely_not_taken() -> None:
    key: Any = type("Key", (), {"host": "slack.com", "port": 443, "ssl": True, "is_ssl": True})()
    assert not later(aiohttp.ClientConnectorError(key, OSError(111, "refused"))).unsure


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_what_cannot_be_edited_any_more(code: str) -> None:
    assert is_gone(refused(code))
    assert not is_gone(refused("msg_too_long"))


@pytest.mark.parametrize(
    "error",
    [
        refused("not_in_channel"), refused(SECRET), refused("missing_scope", needed=SECRET), refused("", 500),
        refused("ratelimited", 429, {"Retry-After": SECRET}), answered(SECRET), aiohttp.ClientOSError(1, SECRET),
        TimeoutError(SECRET), SlackClientError(SECRET),
    ],
)  # fmt: skip
def test_the_words_are_ours_alone(error: SlackClientError | aiohttp.ClientError | TimeoutError) -> None:
    found = str(translated(error, DOING))
    assert not any(foreign in found for foreign in ("slack.com/api/", "xoxb", "my words"))
    assert DOING in found


def test_an_answer_of_a_status_alone() -> None:
    assert unaccepted(429, {"Retry-After": "4"}, DOING).after == 4.0
    assert "404" in str(unaccepted(404, {}, DOING))
