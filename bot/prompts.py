"""Channel-neutral messages: texts, choices, buttons. A channel renders them in its native form."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from bot.invitation import Invitation, State
from bot.surveys import Band, Scale, Wording
from bot.texts import Texts
from bot.texts.contact import first_contact
from bot.texts.questions import wording_of


class PromptKind(StrEnum):
    QUESTION = "question"
    THANKS = "thanks"
    KEPT = "kept"
    NOTICE = "notice"
    CONSENT = "consent"
    CLOSED = "closed"
    INFO = "info"
    SUMMARY = "summary"


class Action(StrEnum):
    """What a button does; a channel puts it beside the invitation's signed token."""

    SCORE = "score"
    CHANGE = "change"
    NOT_SOLVED = "not_solved"
    DELETE = "delete"
    STOP = "stop"
    NOT_COMMENT = "not_comment"
    CONSENT_YES = "consent_yes"
    CONSENT_NO = "consent_no"
    ONLY_THIS = "only_this"
    ALLOW_AGAIN = "allow_again"


@dataclass(frozen=True, slots=True)
class Choice:
    """A score to tap: its value, what stands on the button, what a screen reader says."""

    value: int
    label: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The scale as buttons. Nothing is ever pre-selected."""

    legend: str
    low_end: str
    high_end: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Button:
    action: Action
    label: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """One message. `invitation` is what its buttons are bound to; `words_wanted` invites a typed sentence."""

    kind: PromptKind
    lang: str
    invitation: str = ""
    header: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    scale: Choices | None = None
    words_wanted: str = ""
    buttons: tuple[Button, ...] = ()
    footnote: str = ""

    @property
    def text(self) -> str:
        """The message as plain text, for channels and people without buttons."""
        ends = f"{self.scale.low_end} · {self.scale.high_end}" if self.scale else ""
        parts = (self.title, self.header, *self.lines, ends, self.words_wanted, self.footnote)
        return "\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as the customer reads it; dates are told in `zone`."""

    business: str = ""
    privacy_url: str = ""
    zone: tzinfo = UTC


def question(
    invitation: Invitation, asker: Asker, texts: Texts, *, first_contact: bool = False, commands: bool = False
) -> Prompt:
    """The question itself, with the line of the first contact when it is one (`commands`: see there)."""
    wording, scale = wording_of(invitation.survey, texts), invitation.survey.scale
    return replace(
        _about(PromptKind.QUESTION, invitation, asker, texts),
        title=wording.question,
        scale=_choices(scale, wording, texts) if scale else None,
        words_wanted=texts("Write your answer here, if you like.") if scale is None else "",
        buttons=(Button(Action.STOP, texts("Don't ask me again"), danger=True),) if first_contact else (),
        footnote=first_contact_line(asker, texts, commands=commands) if first_contact else "",
    )


def _about(kind: PromptKind, invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    return Prompt(kind, texts.locale, invitation.id, header=header(invitation, asker, texts))


def header(invitation: Invitation, asker: Asker, texts: Texts) -> str:
    """`Acme asks · subject · agent, team`; what is unknown is left out."""
    about = invitation.interaction
    who = ", ".join(part for part in (about.agent, about.team) if part)
    asks = texts("{business} asks").format(business=asker.business) if asker.business else ""
    return " · ".join(part for part in (asks, about.subject or "", who) if part)


def _choices(scale: Scale, wording: Wording, texts: Texts) -> Choices:
    ends = {scale.low: wording.low_end, scale.high: wording.high_end}
    spoken = texts("{score} of {highest}")
    choices = tuple(
        Choice(
            score,
            str(score),
            ", ".join(part for part in (_filled(spoken, score, scale), ends.get(score)) if part),
        )
        for score in scale.scores
    )
    return Choices(wording.question, f"{scale.low} = {wording.low_end}", f"{scale.high} = {wording.high_end}", choices)


def thanks(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """After a tap: what was answered, thanks, the band's follow-up question, and what can still be done."""
    score, scale = _score_of(invitation)
    if scale is None:
        return kept(invitation, asker, texts)
    band = invitation.survey.band(score)
    low = texts("You answered {score} of {highest}. Thank you for being straight with us.")
    return replace(
        _about(PromptKind.THANKS, invitation, asker, texts),
        title=_filled(low, score, scale) if band is Band.LOW else _answered(invitation, texts),
        lines=(wording_of(invitation.survey, texts).follow_up(band),),
        words_wanted=texts("Write it here if you like."),
        buttons=(Button(Action.CHANGE, texts("Change")), *_afterwards(invitation, texts)),
    )


def _answered(invitation: Invitation, texts: Texts, *, thanked: bool = True) -> str:
    score, scale = _score_of(invitation)
    thanking = texts("You answered {score} of {highest}. Thank you.")
    words = thanking if thanked else texts("You answered {score} of {highest}.")
    return _filled(words, score, scale) if scale else ""


def _filled(words: str, score: int, scale: Scale) -> str:
    return words.format(score=score, lowest=scale.low, highest=scale.high)


def _score_of(invitation: Invitation) -> tuple[int, Scale | None]:
    answer = invitation.answer
    if answer is None or answer.score is None or invitation.survey.scale is None:
        return 0, None
    return answer.score, invitation.survey.scale


def _afterwards(invitation: Invitation, texts: Texts) -> tuple[Button, ...]:
    said = invitation.answer is not None and invitation.answer.not_solved_at is not None
    not_solved = () if said else (Button(Action.NOT_SOLVED, texts("Not solved yet")),)
    return (
        *not_solved,
        Button(Action.DELETE, texts("Delete my answer"), danger=True),
        Button(Action.STOP, texts("Don't ask me again"), danger=True),
    )


def kept(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """After a comment: that it is kept, who reads it, and the person's own words as they were stored.

    Words that came before a tap leave the question open, so its scale stays.
    """
    scored = invitation.answer is not None and invitation.answer.score is not None
    waits = not scored and invitation.state is State.SENT
    wording = wording_of(invitation.survey, texts)
    scale = _choices(invitation.survey.scale, wording, texts) if waits and invitation.survey.scale else None
    change = (Button(Action.CHANGE, texts("Change")),) if scored and invitation.state is State.ANSWERED else ()
    answered = _answered(invitation, texts, thanked=False)
    lines = (answered, _own_words(invitation, texts), wording.question if scale else "")
    return replace(
        _about(PromptKind.KEPT, invitation, asker, texts),
        title=texts("Thank you, your words are kept. They are read by those who run the service."),
        lines=tuple(line for line in lines if line),
        scale=scale,
        buttons=(*change, Button(Action.NOT_COMMENT, texts("Not meant as a comment")), *_afterwards(invitation, texts)),
    )


def _own_words(invitation: Invitation, texts: Texts) -> str:
    words = invitation.answer.comment if invitation.answer else ""
    return texts("“{words}”").replace("{words}", words) if words else ""


def not_solved(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """After "not solved yet": the message stays what it was, with one line more."""
    before = _before(invitation)(invitation, asker, texts)
    told = texts("Thank you for telling us. We have passed this on to customer service.")
    return replace(before, lines=(*before.lines, told))


def _before(invitation: Invitation) -> Callable[[Invitation, Asker, Texts], Prompt]:
    if invitation.state is State.CLOSED:
        return closed
    if invitation.answer is not None and invitation.answer.parts:
        return kept
    return thanks if invitation.answered else question


def closed(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """An answer whose time to change is over: it stays readable, without buttons that no longer work."""
    words = _own_words(invitation, texts)
    return replace(
        _about(PromptKind.CLOSED, invitation, asker, texts),
        title=_answered(invitation, texts) or texts("Thank you."),
        lines=(words,) if words else (),
        buttons=(Button(Action.DELETE, texts("Delete my answer"), danger=True),) if invitation.answered else (),
    )


def expired(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The question closed unanswered; words are still welcome."""
    return replace(
        _about(PromptKind.CLOSED, invitation, asker, texts),
        title=_closed_on(invitation.expires_at.astimezone(asker.zone), texts),
        words_wanted=_still(texts),
    )


def expired_sentence(closed_at: datetime, texts: Texts) -> str:
    """Says when the question closed (a local moment), and that words are still welcome."""
    return f"{_closed_on(closed_at, texts)} {_still(texts)}"


def _closed_on(closed_at: datetime, texts: Texts) -> str:
    return texts("This question closed on {date}.").format(date=texts.short_date(closed_at))


def _still(texts: Texts) -> str:
    return texts("If you still want to tell us something, write it here.")


def withdrawn(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The business took the question back."""
    about = _about(PromptKind.CLOSED, invitation, asker, texts)
    return replace(about, title=texts("This question was withdrawn. You need not do anything."))


def deleted(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The person took the answer back."""
    about = _about(PromptKind.CLOSED, invitation, asker, texts)
    return replace(about, title=texts("Your answer and your words are deleted."))


def in_public(invitation: Invitation, name: str, texts: Texts) -> Prompt:
    """What others may read after an answer: that there is one, and nothing of it."""
    title = texts("{name} has answered. Thank you.").format(name=name or texts("The customer"))
    return Prompt(PromptKind.CLOSED, texts.locale, invitation.id, title=title)


def consent(invitation: Invitation, asker: Asker, texts: Texts, *, commands: bool = False) -> Prompt:
    """Asks whether one may ask (`PULSSI_CONSENT=opt-in`); the question follows a yes."""
    return replace(
        _about(PromptKind.CONSENT, invitation, asker, texts),
        header=asker.business,
        title=texts("May we ask for your feedback after you have been in touch?"),
        buttons=(Button(Action.CONSENT_YES, texts("Yes")), Button(Action.CONSENT_NO, texts("No"))),
        footnote=first_contact_line(asker, texts, commands=commands),
    )


def allow_again(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """A link opened after an opt-out: nobody is subscribed again by a link that someone else sent."""
    return replace(
        _about(PromptKind.CONSENT, invitation, asker, texts),
        header=asker.business,
        title=texts("You asked not to be asked again. Do you want to answer this one question?"),
        buttons=(Button(Action.ONLY_THIS, texts("Answer only this")), Button(Action.ALLOW_AGAIN, texts("Allow again"))),
    )


def first_contact_line(asker: Asker, texts: Texts, *, commands: bool = False) -> str:
    """Which business asks, that it is voluntary, who reads it, how to stop, see and delete (`commands`: see there)."""
    return first_contact(asker.business, asker.privacy_url, texts, commands=commands)
