"""What the press of a button means, in every channel, and how it is refused."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.errors import BadScore, BadToken, NotAllowed, NotFound, PulssiError
from bot.events import (
    AnswerDeleted,
    ChangeWanted,
    CommentWithdrawn,
    ConsentGiven,
    ConsentRefused,
    CustomerEvent,
    InvitationEvent,
    LinkAccepted,
    NotSolved,
    OptedOut,
)
from bot.prompts import Action
from bot.texts import Texts

EVENTS: Final[Mapping[Action, InvitationEvent | CustomerEvent]] = MappingProxyType(
    {
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
)


def refused(error: PulssiError, texts: Texts) -> str:
    """What the person who pressed reads in place of our own words for operators."""
    match error:
        case BadToken() | BadScore():
            return texts("This button does not work any more.")
        case NotFound():
            return texts("This question is no longer known here.")
        case NotAllowed():
            return str(error)  # in the person's language already
        case _:
            return texts("That did not work; nothing was changed.")
