"""How an invitation's message reads when it is over, and what is still stored, to be seen and taken back there."""

from collections.abc import Callable
from datetime import datetime

from bot.invitation import Invitation, State
from bot.prompts import (
    Asker,
    Prompt,
    PromptKind,
    about,
    answered,
    kept,
    kept_lines,
    own_words,
    question,
    take_back,
    thanks,
    told_not_solved,
)
from bot.texts import Texts
from bot.values import replace


def not_solved(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """After "not solved yet": the message stays what it was, with one line more."""
    return _before(invitation)(invitation, asker, texts)


def _before(invitation: Invitation) -> Callable[[Invitation, Asker, Texts], Prompt]:
    if invitation.state is State.CLOSED:
        return closed
    if invitation.answer is not None and invitation.answer.parts:
        return kept
    return thanks if invitation.answered else question


def closed(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """An answer whose time to change is over: it stays readable, without buttons that no longer work.

    Words are still welcome, unless the answer was taken back.
    """
    lines = (own_words(invitation, texts), told_not_solved(invitation, texts))
    return replace(
        about(PromptKind.CLOSED, invitation, asker, texts),
        title=answered(invitation, texts) or texts("Thank you."),
        lines=tuple(line for line in lines if line),
        words_wanted=_still(texts) if invitation.answered else "",
        buttons=take_back(invitation, texts),
    )


def expired(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The question closed unanswered; words are still welcome, and those that came are shown."""
    return replace(
        about(PromptKind.CLOSED, invitation, asker, texts),
        title=_closed_on(invitation.expires_at.astimezone(asker.zone), texts),
        lines=kept_lines(invitation, texts),
        words_wanted=_still(texts),
        buttons=take_back(invitation, texts),
    )


def expired_sentence(closed_at: datetime, texts: Texts) -> str:
    """Says when the question closed (a local moment), and that words are still welcome."""
    return f"{_closed_on(closed_at, texts)} {_still(texts)}"


def _closed_on(closed_at: datetime, texts: Texts) -> str:
    return texts("This question closed on {date}.").format(date=texts.short_date(closed_at))


def _still(texts: Texts) -> str:
    return texts("If you still want to tell us something, write it here.")


def withdrawn(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The business took the question back, or the person all questions."""
    return replace(
        about(PromptKind.CLOSED, invitation, asker, texts),
        title=texts("This question was withdrawn. You need not do anything."),
        lines=kept_lines(invitation, texts),
        buttons=take_back(invitation, texts),
    )


def deleted(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The person took the answer back."""
    said = about(PromptKind.CLOSED, invitation, asker, texts)
    return replace(said, title=texts("Your answer and your words are deleted."))


def in_public(invitation: Invitation, name: str, texts: Texts) -> Prompt:
    """What others may read after an answer: that there is one, and nothing of it."""
    title = texts("{name} has answered. Thank you.").format(name=name or texts("The customer"))
    return Prompt(PromptKind.CLOSED, texts.locale, invitation.id, title=title)
