"""Which invitation do words without a token belong to? Ordinary talk belongs to none and is not stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.events import CommentWritten, CustomerEvent, InvitationEvent, OptedIn, OptedOut, ScoreChosen, TextWritten
from bot.invitation import APPEND_WITHIN, COMMENT_WITHIN, Invitation, State

STOP_WORDS = frozenset({"stop", "/stop", "lopeta", "stopp", "sluta"})
START_WORDS = frozenset({"start", "/start"})
_AROUND_A_WORD = " .!?,;:\"'…”«»"
_LONGEST_SCORE = 2
_WAITS_FOR_SCORE = frozenset({State.SENT, State.SCHEDULED, State.FAILED})


@dataclass(frozen=True, slots=True)
class Route:
    """The event that the words amount to; `invitation` is `None` for what concerns the customer as a whole."""

    event: InvitationEvent | CustomerEvent
    invitation: str | None = None


def route(words: TextWritten, invitations: Sequence[Invitation], now: datetime, *, private: bool) -> Route | None:
    """Where the words go (ARCHITECTURE.md, "Text without a token"); `None` means: ignore, do not store.

    `invitations` are those of the person's address, in any order. `private` is the bot's private chat or the web chat;
    elsewhere only a reply counts.
    """
    text = words.text.strip()
    replied = next((i for i in invitations if i.id == words.replies_to), None)
    if not private and replied is None:
        return None
    word = text.casefold().strip(_AROUND_A_WORD)
    if word in STOP_WORDS:
        return Route(OptedOut())
    if word in START_WORDS and (private or replied is not None):
        return Route(OptedIn())
    if replied is not None:
        # What it quotes asks whether one may ask: nobody has put the question itself yet.
        return None if replied.held else _to(replied, text, words.message)
    # Words that answer a message which is not this person's own are nobody's: never those of a neighbouring question.
    return None if words.replies_to or not text else _unquoted(text, words.message, invitations, now)


def number(text: str, invitation: Invitation) -> int | None:
    """The score that a bare number within the scale means, else `None`."""
    bare = text.isascii() and text.isdigit() and len(text) <= _LONGEST_SCORE
    scale = invitation.survey.scale
    return int(text) if bare and scale is not None and int(text) in scale else None


def _to(invitation: Invitation, text: str, message: str) -> Route:
    score = number(text, invitation)
    if score is not None and (invitation.state in _WAITS_FOR_SCORE or invitation.changing):
        return Route(ScoreChosen(score), invitation.id)
    return Route(CommentWritten(text, message), invitation.id)


def _unquoted(text: str, message: str, invitations: Sequence[Invitation], now: datetime) -> Route | None:
    newest = max(
        (i for i in invitations if i.state is State.SENT or i.changing), key=lambda i: i.sent_at or now, default=None
    )
    if newest is not None:
        score = number(text, newest)
        if score is not None:
            return Route(ScoreChosen(score), newest.id)
    target = max((i for i in invitations if _awaits_words(i, now)), key=_last_tap, default=None)
    if target is None or any(_came_after(other, target) for other in invitations):
        return None
    return Route(CommentWritten(text, message), target.id)


def _last_tap(invitation: Invitation) -> datetime:
    """When the person last did something here; for an open question without words yet, when it was asked."""
    answer = invitation.answer
    moment = (answer.changed_at or answer.first_at if answer else None) or invitation.sent_at
    assert moment is not None  # noqa: S101  # only invitations that `_awaits_words` let through come here
    return moment


def _awaits_words(invitation: Invitation, now: datetime) -> bool:
    if invitation.is_open_question and invitation.state is State.SENT and invitation.sent_at is not None:
        return now - invitation.sent_at <= COMMENT_WITHIN
    answer = invitation.answer
    if invitation.state is not State.ANSWERED or answer is None or answer.first_at is None:
        return False
    tap = answer.changed_at or answer.first_at
    if answer.parts and tap <= answer.parts[-1].at:
        return now - answer.parts[-1].at <= APPEND_WITHIN
    return now - tap <= COMMENT_WITHIN


def _came_after(other: Invitation, target: Invitation) -> bool:
    """Has the person got another message from us since? Then the words may be meant for that one."""
    return other.id != target.id and other.sent_at is not None and other.sent_at > _last_tap(target)
