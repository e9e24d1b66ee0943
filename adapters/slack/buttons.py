"""What stands behind Slack's buttons and dialogues, and what a press on a button means.

Each element has an `action_id` of its own within its message: what it does. Its `value` is the invitation's signed
token or, of a menu, what the command's use case put there
(https://docs.slack.dev/reference/block-kit/block-elements/button-element/).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.presses import EVENTS
from bot.events import CustomerEvent, InvitationEvent, ScoreChosen
from bot.prompts import Action
from bot.surveys import HIGHEST_SCORE

SCORE_CODE: Final = "s"  # s:<score>
MENU_CODE: Final = "m"  # m:<number of the button in its message>; the value is what the core put there
WRITE_CODE: Final = "write"  # opens the dialogue in which a comment is written; the value is the invitation's token
FORM_CODE: Final = "form"  # opens the form with which a member asks
HOME_CODE: Final = "home"  # back to the first page of the app

COMMENT_VIEW: Final = "comment"  # callback ids of our dialogues
FORM_VIEW: Final = "ask"
DIALOGUE_VIEW: Final = "dialogue"
HOME_VIEW: Final = "home"
WORDS: Final = "words"  # the one field of the comment's dialogue, block and action alike
VALUE: Final = "value"  # the action id of each field of a form; its block id is the field's name

COMMAND: Final = "/survey"
SHORTCUT: Final = "ask_feedback"

CODES: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.CHANGE: "change",
        Action.NOT_SOLVED: "not_solved",
        Action.DELETE: "delete",
        Action.STOP: "stop",
        Action.NOT_COMMENT: "not_comment",
        Action.CONSENT_YES: "consent_yes",
        Action.CONSENT_NO: "consent_no",
        Action.ONLY_THIS: "only_this",
        Action.ALLOW_AGAIN: "allow_again",
    }
)

PRESSES: Final[Mapping[str, InvitationEvent | CustomerEvent]] = MappingProxyType(
    {
        **{code: EVENTS[action] for action, code in CODES.items()},
        **{f"{SCORE_CODE}:{score}": ScoreChosen(score) for score in range(HIGHEST_SCORE + 1)},
    }
)
