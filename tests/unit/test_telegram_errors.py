"""What the Bot API and the way to it answer, and what is to be done next."""

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.warnings import PTBDeprecationWarning

from adapters.telegram.errors import is_gone, is_harmless, translated
from bot.errors import Moved, PulssiError, RecipientUnreachable, TryAgainLater

DOING = "sending a message"
ADDRESS = "https://api.telegram.org/bot12:TOKEN/sendMessage?text=my+words"


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


def unreachable(error: TelegramError) -> str:
    found = translated(error, DOING)
    assert isinstance(found, RecipientUnreachable)
    return found.reason


def later(error: TelegramError | httpx.HTTPError) -> TryAgainLater:
    found = translated(error, DOING)
    assert isinstance(found, TryAgainLater)
    return found


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Forbidden: bot was blocked by the user", "blocked"),
        ("Forbidden: bot can't initiate conversation with a user", "not_started"),
        ("Forbidden: user is deactivated", "unreachable"),
        ("Forbidden: bot was kicked from the supergroup chat", "no_rights"),
        ("Forbidden: bot is not a member of the channel chat", "no_rights"),
        ("Forbidden: bot has no rights to reply in the business account", "no_rights"),
        ("Forbidden: something new", "unreachable"),
    ],
)
def test_who_may_not_be_written_to(said: str, reason: str) -> None:
    assert unreachable(Forbidden(said)) == reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Bad Request: chat not found", "unreachable"),
        ("Bad Request: PEER_ID_INVALID", "unreachable"),
        ("Bad Request: USER_DEACTIVATED", "unreachable"),
        ("Bad Request: BUSINESS_PEER_INVALID", "unreachable"),
        ("Bad Request: BUSINESS_CONNECTION_INVALID", "unreachable"),
        ("Bad Request: not enough rights to send text messages to the chat", "no_rights"),
        ("Bad Request: have no rights to send a message", "no_rights"),
        ("Bad Request: CHAT_WRITE_FORBIDDEN", "no_rights"),
        ("Bad Request: TOPIC_CLOSED", "no_rights"),
        ("Bad Request: message thread not found", "no_rights"),
        ("Bad Request: message is too long", "refused"),
        ("Bad Request: can't parse entities", "refused"),
    ],
)
def test_what_is_refused(said: str, reason: str) -> None:
    assert unreachable(BadRequest(said)) == reason


def test_a_group_that_moved() -> None:
    found = translated(ChatMigrated(-1001234), DOING)
    assert isinstance(found, Moved)
    assert found.conversation == "-1001234"


def test_a_pause_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PTB_TIMEDELTA", raising=False)
    with pytest.warns(PTBDeprecationWarning):
        assert later(RetryAfter(7)).after == 7


def test_a_pause_as_a_span(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    found = later(RetryAfter(7))
    assert found.after == 7
    assert not found.unsure


@pytest.mark.parametrize("cause", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
def test_what_never_left_is_surely_not_taken(cause: type[httpx.TransportError]) -> None:
    error = TimedOut() if issubclass(cause, httpx.TimeoutException) else NetworkError(f"httpx.{cause.__name__}")
    assert not later(caused(error, cause("all"))).unsure
    assert not later(cause("all")).unsure


@pytest.mark.parametrize(
    "cause",
    [
        httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.CloseError,
        httpx.RemoteProtocolError,
    ],
)  # fmt: skip
def test_what_broke_on_the_way_may_have_been_taken(cause: type[httpx.TransportError]) -> None:
    error = TimedOut() if issubclass(cause, httpx.TimeoutException) else NetworkError(f"httpx.{cause.__name__}")
    assert later(caused(error, cause("all"))).unsure
    assert later(cause("all")).unsure


def test_a_server_in_trouble_did_not_take_it() -> None:
    assert not later(NetworkError("Internal Server Error (500)")).unsure
    page_instead_of_json = caused(NetworkError("Bad Gateway (502)"), TelegramError("Invalid server response"))
    assert not later(page_instead_of_json).unsure


def test_an_answer_that_cannot_be_read_may_have_been_a_yes() -> None:
    assert later(TelegramError("Invalid server response")).unsure
    assert later(TimedOut()).unsure
    assert later(caused(NetworkError("Unknown error in HTTP implementation"), RuntimeError())).unsure


def test_a_wrong_token_says_where_to_get_the_right_one() -> None:
    found = later(InvalidToken("Unauthorized"))
    assert "TELEGRAM_BOT_TOKEN" in str(found)
    assert "@BotFather" in str(found)


def test_a_second_consumer_is_waited_for() -> None:
    assert "Another program" in str(later(Conflict("terminated by other getUpdates request")))


@pytest.mark.parametrize(
    "error",
    [
        Forbidden(ADDRESS), BadRequest(ADDRESS), InvalidToken(ADDRESS), Conflict(ADDRESS), NetworkError(ADDRESS),
        TimedOut(ADDRESS), TelegramError(ADDRESS), httpx.ConnectError(ADDRESS), httpx.ReadError(ADDRESS),
    ],
)  # fmt: skip
def test_the_words_are_ours_alone(error: TelegramError | httpx.HTTPError) -> None:
    found: PulssiError = translated(error, DOING)
    assert not any(foreign in str(found) for foreign in ("https", "12:TOKEN", "my+words"))
    assert DOING in str(found)
    assert str(found).endswith(".")


def test_what_does_no_harm() -> None:
    same = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    assert is_harmless(BadRequest(same))
    assert is_harmless(BadRequest("Bad Request: query is too old and response timeout expired or query ID is invalid"))
    assert not is_harmless(BadRequest("Bad Request: message to edit not found"))
    assert not is_harmless(NetworkError("message is not modified"))


def test_what_is_gone() -> None:
    assert is_gone(BadRequest("Bad Request: message to edit not found"))
    assert is_gone(BadRequest("Bad Request: message can't be edited"))
    assert not is_gone(BadRequest("Bad Request: chat not found"))
