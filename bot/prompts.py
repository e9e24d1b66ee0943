"""Channel-neutral messages: texts, choices, buttons. A channel renders them in its native form."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Final

from bot.invitation import Answer, Invitation, State
from bot.pictures import Picture
from bot.surveys import Band, Scale, Wording
from bot.texts import Texts
from bot.texts.contact import first_contact, first_contact_short
from bot.texts.questions import wording_of
from bot.texts.quoting import quoted
from bot.values import replace

OWN_DATA_MENU: Final = "d"
FIGURES_MENU: Final = "f"
NOTES_MENU: Final = "n"
CASES_MENU: Final = "k"


class PromptKind(StrEnum):
    QUESTION = "question"
    THANKS = "thanks"
    KEPT = "kept"
    NOTICE = "notice"
    CONSENT = "consent"
    CLOSED = "closed"
    INFO = "info"
    SUMMARY = "summary"
    CASE = "case"


class Action(StrEnum):
    """What a button does; a channel puts it beside the invitation's signed token. `FORM` opens the form to ask with."""

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
    MENU = "menu"
    FORM = "form"


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
    """`value` belongs to `Action.MENU`: what comes back as `MenuPressed`, at most 60 bytes of ASCII."""

    action: Action
    label: str
    danger: bool = False
    value: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One message. `invitation` is what its buttons are bound to; `words_wanted` invites a typed sentence.

    `for_whom` names the one person who may answer where others read too; a channel can make it a mention. The `picture`
    says nothing that the words do not: whoever cannot show it, or did not get it through, sends the words alone.
    """

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
    for_whom: str = ""
    picture: Picture | None = None

    @property
    def text(self) -> str:
        """The message as plain text, for channels and people without buttons."""
        ends = f"{self.scale.low_end} · {self.scale.high_end}" if self.scale else ""
        parts = (self.for_whom, self.title, self.header, *self.lines, ends, self.words_wanted, self.footnote)
        return "\n".join(part for part in parts if part)


UNSAID: Final = Prompt(PromptKind.NOTICE, "")  # words that are made when they are sent


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as the customer reads it; dates are told in `zone`."""

    business: str = ""
    privacy_url: str = ""
    zone: tzinfo = UTC


def question(
    invitation: Invitation,
    asker: Asker,
    texts: Texts,
    *,
    first_contact: bool = False,
    commands: bool = False,
    buttons: bool = False,
) -> Prompt:
    """The question itself, with the line of the first contact when it is one (`commands`, `buttons`: see there).

    What is already stored (words before the tap, the answer that is to change) stands there too, to be taken back.
    """
    wording, scale = wording_of(invitation.survey, texts), invitation.survey.scale
    return replace(
        about(PromptKind.QUESTION, invitation, asker, texts),
        title=wording.question,
        lines=kept_lines(invitation, texts),
        scale=_choices(scale, wording, texts) if scale else None,
        words_wanted=texts("Write your answer here, if you like.") if scale is None else "",
        buttons=(*take_back(invitation, texts), *((_stop(texts),) if first_contact else ())),
        footnote=first_contact_line(asker, texts, commands=commands, buttons=buttons) if first_contact else "",
    )


def about(kind: PromptKind, invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """The start of every message about an invitation: whose it is, and what it is about."""
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
    return Prompt(
        PromptKind.THANKS,
        texts.locale,
        invitation.id,
        header=header(invitation, asker, texts),
        title=_filled(low, score, scale) if band is Band.LOW else answered(invitation, texts),
        lines=_filled_in(
            own_words(invitation, texts),
            wording_of(invitation.survey, texts).follow_up(band),
            told_not_solved(invitation, texts),
        ),
        words_wanted=texts("Write it here if you like."),
        buttons=(Button(Action.CHANGE, texts("Change")), *_afterwards(invitation, texts)),
    )


def answered(invitation: Invitation, texts: Texts, *, thanked: bool = True) -> str:
    """The score as the person gave it; empty without one."""
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
    may_say = invitation.state in {State.SENT, State.ANSWERED} and not said
    not_solved = (Button(Action.NOT_SOLVED, texts("Not solved yet")),) if may_say else ()
    taken = take_back(invitation, texts)
    return (*taken[:-1], *not_solved, *taken[-1:], _stop(texts))


def _stop(texts: Texts) -> Button:
    return Button(Action.STOP, texts("Don't ask me again"), danger=True)


def own_data(texts: Texts) -> Button:
    """What is stored about the person who presses it, for those who have no commands to ask with."""
    return Button(Action.MENU, texts("What do you keep about me?"), value=f"{OWN_DATA_MENU}:")


def take_back(invitation: Invitation, texts: Texts) -> tuple[Button, ...]:
    """What takes back what is stored: the last words alone, as long as they may change, and everything."""
    answer = invitation.answer
    if answer is None or answer.deleted_at is not None or answer == Answer():
        return ()
    open_words = bool(answer.parts) and invitation.words_open(answer.parts[-1])
    words = (Button(Action.NOT_COMMENT, texts("Not meant as a comment")),) if open_words else ()
    return (*words, Button(Action.DELETE, texts("Delete my answer"), danger=True))


def kept(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """After a comment: that it is kept, who reads it, and the person's own words as they were stored.

    Words that came before a tap leave the question open, so its scale stays.
    """
    scored = invitation.answer is not None and invitation.answer.score is not None
    waits = not scored and invitation.state in {State.SENT, State.FAILED}
    wording = wording_of(invitation.survey, texts)
    scale = _choices(invitation.survey.scale, wording, texts) if waits and invitation.survey.scale else None
    change = (Button(Action.CHANGE, texts("Change")),) if scored and invitation.state is State.ANSWERED else ()
    return replace(
        about(PromptKind.KEPT, invitation, asker, texts),
        title=texts("Thank you, your words are kept. They are read by those who run the service."),
        lines=_filled_in(*kept_lines(invitation, texts), wording.question if scale else ""),
        scale=scale,
        buttons=(*change, *_afterwards(invitation, texts)),
    )


def kept_lines(invitation: Invitation, texts: Texts) -> tuple[str, ...]:
    """What is stored of the person's answer, in their own words."""
    score = answered(invitation, texts, thanked=False)
    return _filled_in(score, own_words(invitation, texts), told_not_solved(invitation, texts))


def _filled_in(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


def own_words(invitation: Invitation, texts: Texts) -> str:
    """The comment in quotation marks; empty without one."""
    return quoted(invitation.answer.comment if invitation.answer else "", texts)


def told_not_solved(invitation: Invitation, texts: Texts) -> str:
    """What follows "not solved yet", as long as that is stored."""
    said = invitation.answer is not None and invitation.answer.not_solved_at is not None
    return texts("Thank you for telling us. We have passed this on to customer service.") if said else ""


def one_person(texts: Texts) -> str:
    """Whom a question in a group is for, where no name is known."""
    return texts("For one person here")


def consent(invitation: Invitation, asker: Asker, texts: Texts, *, commands: bool = False) -> Prompt:
    """Asks whether one may ask (`PULSSI_CONSENT=opt-in`); the question follows a yes."""
    return replace(
        about(PromptKind.CONSENT, invitation, asker, texts),
        header=asker.business,
        title=texts("May we ask for your feedback after you have been in touch?"),
        buttons=(Button(Action.CONSENT_YES, texts("Yes")), Button(Action.CONSENT_NO, texts("No"))),
        footnote=first_contact_line(asker, texts, commands=commands),
    )


def allow_again(invitation: Invitation, asker: Asker, texts: Texts) -> Prompt:
    """A link opened after an opt-out: nobody is subscribed again by a link that someone else sent."""
    return replace(
        about(PromptKind.CONSENT, invitation, asker, texts),
        header=asker.business,
        title=texts("You asked not to be asked again. Do you want to answer this one question?"),
        buttons=(Button(Action.ONLY_THIS, texts("Answer only this")), Button(Action.ALLOW_AGAIN, texts("Allow again"))),
    )


def first_contact_in_public(asker: Asker, texts: Texts, *, commands: bool = False) -> str:
    """As `first_contact_line`, where others read: the rest is told in the person's own chat."""
    return first_contact_short(asker.privacy_url, texts, commands=commands)


def first_contact_line(asker: Asker, texts: Texts, *, commands: bool = False, buttons: bool = False) -> str:
    """Which business asks, that it is voluntary, who reads it, how to stop, see and delete (`first_contact`)."""
    return first_contact(asker.business, asker.privacy_url, texts, commands=commands, buttons=buttons)
