"""What stands behind our buttons: `<code>:<token>`, at most 64 bytes (Bot API, InlineKeyboardButton)."""

from collections.abc import Mapping
from typing import Final

from adapters.presses import EVENTS
from bot.events import CustomerEvent, InvitationEvent, ScoreChosen
from bot.prompts import Action
from bot.surveys import HIGHEST_SCORE

# The first part of callback_data, kept to one letter: 64 bytes hold the code and the token.
CODES: Final[Mapping[Action, str]] = {
    Action.CHANGE: "c",
    Action.NOT_SOLVED: "n",
    Action.DELETE: "d",
    Action.STOP: "x",
    Action.NOT_COMMENT: "w",
    Action.CONSENT_YES: "y",
    Action.CONSENT_NO: "r",
    Action.ONLY_THIS: "o",
    Action.ALLOW_AGAIN: "a",
}
SCORE_CODE: Final = "s"
MENU_CODE: Final = "m"
PRESSES: Final[Mapping[str, InvitationEvent | CustomerEvent]] = {
    **{f"{SCORE_CODE}{score}": ScoreChosen(score) for score in range(HIGHEST_SCORE + 1)},
    **{code: EVENTS[action] for action, code in CODES.items()},
}
