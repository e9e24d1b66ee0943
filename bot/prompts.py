"""Channel-neutral messages: texts, choices, buttons. A channel renders them in its native form."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.invitation import Invitation
from bot.surveys import Band, Kind, Scale, Survey, Wording
from bot.texts import Texts


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
    """Who asks, as the customer reads it."""

    business: str = ""
    privacy_url: str = ""


def question(invitation: Invitation, asker: Asker, texts: Texts, *, first_contact: bool = False) -> Prompt:
    """The question itself, with the line of the first contact when it is one."""
    wording = wording_of(invitation.survey, texts)
    survey = invitation.survey
    return Prompt(
        PromptKind.QUESTION,
        texts.locale,
        invitation.id,
        header=header(invitation, asker, texts),
        title=wording.question,
        scale=_choices(survey.scale, wording, texts) if survey.scale else None,
        words_wanted=texts("Write your answer here, if you like.") if survey.scale is None else "",
        buttons=(Button(Action.STOP, texts("Don't ask me again"), danger=True),) if first_contact else (),
        footnote=first_contact_line(asker, texts) if first_contact else "",
    )


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
            ", ".join(part for part in (spoken.format(score=score, highest=scale.high), ends.get(score, "")) if part),
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
    other = texts("You answered {score} of {highest}. Thank you.")
    words = low if band is Band.LOW else other
    follow_up = wording_of(invitation.survey, texts).follow_up(band)
    return Prompt(
        PromptKind.THANKS,
        texts.locale,
        invitation.id,
        header=header(invitation, asker, texts),
        title=words.format(score=score, lowest=scale.low, highest=scale.high),
        lines=(follow_up,),
        words_wanted=texts("Write it here if you like."),
        buttons=(_change(texts), *_afterwards(invitation, texts)),
    )


def _score_of(invitation: Invitation) -> tuple[int, Scale | None]:
    answer = invitation.answer
    if answer is None or answer.score is None or invitation.survey.scale is None:
        return 0, None
    return answer.score, invitation.survey.scale


def _change(texts: Texts) -> Button:
    return Button(Action.CHANGE, texts("Change"))


def _afterwards(invitation: Invitation, texts: Texts) -> tuple[Button, ...]:
    said = invitation.answer is not None and invitation.answer.not_solved_at is not None
    not_solved = () if said else (Button(Action.NOT_SOLVED, texts("Not solved yet")),)
    return (
        *not_solved,
        Button(Action.DELETE, texts("Delete my answer"), danger=True),
        Button(Action.STOP, texts("Don't ask me again"), danger=True),
    )


def kept(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """After a comment: that it is kept, who reads it, and the person's own words as they were stored."""
    score, scale = _score_of(invitation)
    answered = (
        texts("You answered {score} of {highest}. Thank you.").format(score=score, lowest=scale.low, highest=scale.high)
        if scale
        else ""
    )
    words = invitation.answer.comment if invitation.answer else ""
    change = (_change(texts),) if scale and invitation.answered else ()
    return Prompt(
        PromptKind.KEPT,
        texts.locale,
        invitation.id,
        header=header(invitation, asker, texts),
        title=texts("Thank you, your words are kept. They are read by those who run the service."),
        lines=tuple(line for line in (answered, f"“{words}”" if words else "") if line),
        buttons=(*change, Button(Action.NOT_COMMENT, texts("Not meant as a comment")), *_afterwards(invitation, texts)),
    )


def not_solved(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """After "not solved yet": the message stays what it was, with one line more."""
    has_words = invitation.answer is not None and bool(invitation.answer.parts)
    waiting = question if not invitation.answered else (kept if has_words else thanks)
    before = waiting(invitation, asker, texts)
    told = texts("Thank you for telling us. We have passed this on to customer service.")
    return replace(before, lines=(*before.lines, told))


def closed(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """An answer whose time to change is over: it stays readable, without buttons that no longer work."""
    score, scale = _score_of(invitation)
    thanked = texts("You answered {score} of {highest}. Thank you.")
    title = thanked.format(score=score, lowest=scale.low, highest=scale.high) if scale else texts("Thank you.")
    return Prompt(
        PromptKind.CLOSED,
        texts.locale,
        invitation.id,
        header=header(invitation, asker, texts),
        title=title,
        buttons=(Button(Action.DELETE, texts("Delete my answer"), danger=True),) if invitation.answered else (),
    )


def expired(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The question closed unanswered; words are still welcome."""
    return Prompt(
        PromptKind.CLOSED,
        texts.locale,
        invitation.id,
        header=header(invitation, asker, texts),
        title=expired_sentence(invitation.expires_at, texts),
        words_wanted=texts("Write it here if you like."),
    )


def expired_sentence(closed_at: datetime, texts: Texts) -> str:
    sentence = texts("This question closed on {date}. If you still want to tell us something, write it here.")
    return sentence.format(date=texts.short_date(closed_at))


def withdrawn(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The business took the question back."""
    return _closing(invitation, asker, texts, texts("This question was withdrawn. You need not do anything."))


def deleted(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The person took the answer back."""
    return _closing(invitation, asker, texts, texts("Your answer and your words are deleted."))


def _closing(invitation: Invitation, asker: Asker, texts: Texts, title: str) -> Prompt:
    top = header(invitation, asker, texts)
    return Prompt(PromptKind.CLOSED, texts.locale, invitation.id, header=top, title=title)


def in_public(invitation: Invitation, name: str, texts: Texts) -> Prompt:
    """What others may read after an answer: that there is one, and nothing of it."""
    title = texts("{name} has answered. Thank you.").format(name=name or texts("The customer"))
    return Prompt(PromptKind.CLOSED, texts.locale, invitation.id, title=title)


def consent(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """Asks whether one may ask (`PULSSI_CONSENT=opt-in`); the question follows a yes."""
    return Prompt(
        PromptKind.CONSENT,
        texts.locale,
        invitation.id,
        header=asker.business,
        title=texts("May we ask for your feedback after you have been in touch?"),
        buttons=(Button(Action.CONSENT_YES, texts("Yes")), Button(Action.CONSENT_NO, texts("No"))),
        footnote=first_contact_line(asker, texts),
    )


def allow_again(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """A link opened after an opt-out: nobody is subscribed again by a link that someone else sent."""
    return Prompt(
        PromptKind.CONSENT,
        texts.locale,
        invitation.id,
        header=asker.business,
        title=texts("You asked not to be asked again. Do you want to answer this one question?"),
        buttons=(
            Button(Action.ONLY_THIS, texts("Answer only this")),
            Button(Action.ALLOW_AGAIN, texts("Allow again")),
        ),
    )


def first_contact_line(asker: Asker, texts: Texts) -> str:
    """Which business asks, that it is voluntary, who reads it, how to stop, see and delete."""
    line = texts(
        "{business} sometimes asks one question after you have been in touch. Answering is voluntary. "
        "Your answers are seen by those who run the service. Your own data: /mydata · No more questions: /stop"
    ).format(business=asker.business or texts("The business"))
    privacy = texts("Privacy: {address}").format(address=asker.privacy_url)
    return f"{line} · {privacy}" if asker.privacy_url else line


def wording_of(survey: Survey, texts: Texts) -> Wording:
    """The survey's own wording in this language, its gaps filled from the catalogue; never a mix of languages.

    A custom survey that lacks the language speaks its own default (English, else its first) rather than a mix.
    """
    own = survey.wording.get(texts.locale)
    built_in = _BUILT_IN[survey.kind](texts)
    if own is None and survey.wording:
        return survey.wording.get("en") or next(iter(survey.wording.values()))
    if own is None:
        return built_in
    return Wording(
        own.question,
        own.low_end or built_in.low_end,
        own.high_end or built_in.high_end,
        own.follow_up_low or built_in.follow_up_low,
        own.follow_up_middle or built_in.follow_up_middle,
        own.follow_up_high or built_in.follow_up_high,
    )


def _csat(texts: Texts) -> Wording:
    return Wording(
        texts("How satisfied are you with the help you got?"),
        texts("very dissatisfied"),
        texts("very satisfied"),
        texts("What should we have done better?"),
        texts("What would have made it better?"),
        texts("What went especially well?"),
    )


def _ces(texts: Texts) -> Wording:
    return Wording(
        texts("How far do you agree: “It was easy to get my matter handled.”"),
        texts("strongly disagree"),
        texts("strongly agree"),
        texts("What made it hard?"),
        texts("What would have made it easier?"),
        texts("What went particularly smoothly?"),
    )


def _nps(texts: Texts) -> Wording:
    return Wording(
        texts("How likely are you to recommend us to a friend or colleague?"),
        texts("not at all likely"),
        texts("extremely likely"),
        texts("What is the main reason for your score?"),
        texts("What would have raised your score?"),
        texts("What do you like best about us?"),
    )


def _open(texts: Texts) -> Wording:
    return Wording(texts("How could we do better?"))


_BUILT_IN: dict[Kind, Callable[[Texts], Wording]] = {Kind.CSAT: _csat, Kind.CES: _ces, Kind.NPS: _nps, Kind.OPEN: _open}
