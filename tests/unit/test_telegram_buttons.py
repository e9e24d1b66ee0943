"""What a tap in Telegram means, and which buttons are not ours."""

import pytest

from adapters.telegram import parse
from adapters.telegram.parse import CODES
from bot.errors import BadToken
from bot.events import (
    AnswerDeleted,
    Arrival,
    ChangeWanted,
    CommentWithdrawn,
    ConsentGiven,
    ConsentRefused,
    CustomerEvent,
    InvitationEvent,
    LinkAccepted,
    NotSolved,
    OptedOut,
    ScoreChosen,
)
from bot.prompts import Action
from storage.keys import Keyring
from storage.tokens import RandomIds, SignedTokens
from tests.unit.telegram_golden import INVITATION, ME, TOKEN, TOKENS, body, golden, read, tap


@pytest.mark.parametrize(
    "data",
    [
        "",
        "s5",
        "s5:",
        "s11:{token}",
        "s:{token}",
        "s05:{token}",
        "s-1:{token}",
        "s٣:{token}",
        "q:{token}",
        "score:{token}",
        "m:",
        "m:ä",
        "m:a\u0000b",
        "s5:{token}x",
        "s5:{changed}",
        "s5:{visitor}",
        "s5:{plain}",
    ],
)
def test_a_button_that_is_not_ours(data: str) -> None:
    made = {
        "{token}": TOKEN,
        "{changed}": TOKEN.replace(INVITATION, INVITATION[:-1] + "0"),
        "{visitor}": TOKENS.issue("visitor", INVITATION),
        "{plain}": INVITATION,
    }
    for mark, token in made.items():
        data = data.replace(mark, token)
    update = parse.decode(body(tap(data)))
    with pytest.raises(BadToken):
        parse.read(update, ME, TOKENS)
    assert parse.callback_id(update) == "4382bfdwdsb323b2d9"


def test_a_button_of_another_installation_is_not_ours() -> None:
    elsewhere = SignedTokens(Keyring(bytes(32)))
    with pytest.raises(BadToken):
        read(tap(f"s5:{elsewhere.issue('invitation', INVITATION)}"))


PRESSED: dict[Action, InvitationEvent | CustomerEvent] = {
    Action.CHANGE: ChangeWanted(),
    Action.NOT_SOLVED: NotSolved(),
    Action.DELETE: AnswerDeleted(),
    Action.STOP: OptedOut(),
    Action.NOT_COMMENT: CommentWithdrawn(),
    Action.CONSENT_YES: ConsentGiven(),
    Action.CONSENT_NO: ConsentRefused(),
    Action.ONLY_THIS: LinkAccepted(),
    Action.ALLOW_AGAIN: LinkAccepted(allow_again=True),
}


@pytest.mark.parametrize("action", PRESSED)
def test_each_button(action: Action) -> None:
    (received,) = read(tap(f"{CODES[action]}:{TOKEN}"))
    assert isinstance(received, Arrival)
    assert (received.event, received.invitation) == (PRESSED[action], INVITATION)


@pytest.mark.parametrize("score", range(11))
def test_each_score(score: int) -> None:
    (received,) = read(tap(f"{parse.SCORE_CODE}{score}:{TOKEN}"))
    assert isinstance(received, Arrival)
    assert received.event == ScoreChosen(score)


def test_every_action_has_a_code_of_its_own() -> None:
    assert set(CODES) == set(Action) - {Action.SCORE, Action.MENU, Action.FORM}  # a form opens nowhere here
    assert len({*CODES.values(), parse.SCORE_CODE, parse.MENU_CODE}) == len(CODES) + 2


def test_the_longest_button_fits_telegrams_64_bytes() -> None:
    token = TOKENS.issue("invitation", RandomIds().new())
    codes = [*CODES.values(), *(f"{parse.SCORE_CODE}{score}" for score in range(11))]
    assert len(token) == 20 + 1 + 14
    assert max(len(f"{code}:{token}".encode()) for code in codes) <= 64
    assert len(f"{parse.MENU_CODE}:{'x' * 60}".encode()) <= 64


@pytest.mark.parametrize("name", ["tap_inline_mode", "tap_game", "tap_inaccessible", "tap_business_by_the_business"])
def test_a_tap_can_always_be_answered(name: str) -> None:
    update = golden(name)
    assert parse.callback_id(parse.decode(body(update))) == update["callback_query"]["id"]


def test_nothing_else_is_to_be_answered() -> None:
    assert parse.callback_id(parse.decode(body(golden("private_text")))) is None
