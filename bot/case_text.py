"""How low-score cases read: to the team, in a list, and to the customer who hears what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import Final

from bot.cases import MOST_LISTED, Case, CaseState, Told
from bot.invitation import Answer, Invitation
from bot.prompts import CASES_MENU, Action, Asker, Button, Prompt, PromptKind
from bot.texts import Texts
from bot.texts.quoting import quoted

LONGEST_WORDS: Final = 1000
LONGEST_LINE: Final = 160  # of the words, in a line among others
LONGEST_LABEL: Final = 40


class Press(StrEnum):
    """What a button of a case does: the first part of its value."""

    SHOW = "s"
    MORE = "m"
    TAKE = "t"
    TAKE_OVER = "o"
    LEAVE = "l"
    DONE = "d"
    ANSWER = "a"
    SKIP = "k"
    CANCEL = "c"


@dataclass(frozen=True, slots=True)
class Seen:
    """A case with all that there is to see of it. `name` is the customer's and `member` that of whoever has the case;
    both may be empty."""

    case: Case
    invitation: Invitation
    name: str = ""
    member: str = ""

    @property
    def answer(self) -> Answer:
        return self.invitation.answer or Answer()

    @property
    def gone(self) -> bool:
        """Was the answer taken back, or its giver forgotten?"""
        return self.answer == Answer() or self.answer.deleted_at is not None


@dataclass(frozen=True, slots=True)
class Quoting:
    """A message, and which of its lines tell of which invitations: they go when the words do."""

    prompt: Prompt
    quotes: tuple[tuple[str, str], ...]


def button(press: Press, label: str, about: str, *, danger: bool = False) -> Button:
    return Button(Action.MENU, label, danger, f"{CASES_MENU}:{press.value}:{about}")


def one(seen: Seen, texts: Texts) -> Quoting:
    """The case as it stands, with what can be done about it."""
    title, words = _title(seen, texts), _words(seen, texts, LONGEST_WORDS)
    end = ended(seen, texts) if seen.case.state is CaseState.DONE else ""
    lines = (about(seen.invitation), _unsolved(seen, texts), words, end, _state(seen, texts))
    shown = Prompt(
        PromptKind.CASE,
        texts.locale,
        title=title,
        lines=tuple(line for line in lines if line),
        buttons=_buttons(seen, texts),
    )
    # What goes when the person is forgotten: name, words, and what members wrote about them. The rest is anybody's.
    named = title if seen.name and not seen.gone else ""
    written = end if seen.case.outcome or seen.case.sentence else ""
    return Quoting(shown, tuple((seen.invitation.id, line) for line in (named, words, written) if line))


def several(found: Sequence[Seen], texts: Texts) -> Quoting:
    """A line and a button for each of the first cases, and how many more there are."""
    title = texts.plural("{n} answer needs a look", "{n} answers need a look", len(found))
    more = len(found) - MOST_LISTED
    rest = [texts.plural("and {n} more: /cases", "and {n} more: /cases", more)] if more > 0 else []
    return _listing(title, found[:MOST_LISTED], rest, [], texts)


def waiting(found: Sequence[Seen], more: Button | None, total: int, texts: Texts) -> Quoting:
    """Of all that is not done yet, the oldest first; `more` shows those behind these."""
    title = texts.plural("{n} case is not done yet.", "{n} cases are not done yet.", total)
    return _listing(title, found, [], [more] if more is not None else [], texts)


def _listing(title: str, found: Sequence[Seen], rest: Sequence[str], more: Sequence[Button], texts: Texts) -> Quoting:
    lines = [_line(one, texts) for one in found]
    labels = [_cut(f"{number}. {_title(one, texts)}", LONGEST_LABEL) for number, one in enumerate(found, 1)]
    shows = [button(Press.SHOW, label, one.case.invitation) for label, one in zip(labels, found, strict=True)]
    numbered = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    shown = Prompt(PromptKind.CASE, texts.locale, title=title, lines=(*numbered, *rest), buttons=(*shows, *more))
    return Quoting(shown, tuple((one.case.invitation, line) for one, line in zip(found, numbered, strict=True)))


def _line(seen: Seen, texts: Texts) -> str:
    state = _takes(seen, texts) if seen.case.state is CaseState.TAKEN else ""
    words = _words(seen, texts, LONGEST_LINE)
    return " · ".join(part for part in (_title(seen, texts), about(seen.invitation), words, state) if part)


def about(invitation: Invitation) -> str:
    """Ticket, team and subject, as far as they are known."""
    known = invitation.interaction
    return " · ".join(part for part in (known.ticket, known.team, known.subject) if part)


def _unsolved(seen: Seen, texts: Texts) -> str:
    """Beside a score; without one the title says it."""
    said = seen.answer.not_solved_at is not None and seen.answer.score is not None
    return texts("The matter is not solved yet.") if said else ""


def _title(seen: Seen, texts: Texts) -> str:
    if seen.gone:
        return texts("The answer was taken back.")
    scale, score = seen.invitation.survey.scale, seen.answer.score
    if scale is None or score is None:
        unsolved = texts("Not solved yet: {name}") if seen.name else texts("The matter is not solved yet.")
        return unsolved.format(name=seen.name)
    words = texts("{score} of {highest} from {name}") if seen.name else texts("{score} of {highest}")
    return words.format(score=score, lowest=scale.low, highest=scale.high, name=seen.name)


def _words(seen: Seen, texts: Texts, longest: int) -> str:
    return quoted(_cut(" ".join(seen.answer.comment.split()), longest), texts)


def _state(seen: Seen, texts: Texts) -> str:
    return _takes(seen, texts) if seen.case.state is CaseState.TAKEN else ""


def _takes(seen: Seen, texts: Texts) -> str:
    return texts("{name} takes it.").format(name=seen.member or texts("Somebody"))


def ended(seen: Seen, texts: Texts) -> str:
    """How it ended, and who says so."""
    case, name = seen.case, seen.member or texts("Somebody")
    words = {
        Told.NOTHING: texts("Done: {outcome}. {name}") if case.outcome else texts("Done. {name}"),
        Told.FAILED: texts("Done, but the customer could not be told. {name}"),
    }.get(case.told, texts("Done and told: “{sentence}” {name}") if case.sentence else texts("Done and told. {name}"))
    outcome = case.outcome.rstrip(".")
    return words.replace("{name}", name).replace("{outcome}", outcome).replace("{sentence}", case.sentence)


def _buttons(seen: Seen, texts: Texts) -> tuple[Button, ...]:
    case = seen.case
    if case.state is CaseState.DONE:
        return ()
    takes = texts("I take it") if case.state is CaseState.OPEN else texts("I take it over")
    answer = () if seen.gone else (button(Press.ANSWER, texts("Done and told"), case.invitation),)
    return (
        button(Press.TAKE, takes, case.invitation),
        button(Press.DONE, texts("Done"), case.invitation),
        *answer,
    )


def taken_by(seen: Seen, texts: Texts, zone: tzinfo) -> str:
    """Who has it, and since when."""
    name = seen.member or texts("Somebody")
    if seen.case.since is None:
        return texts("{name} takes it.").format(name=name)
    return texts("{name} has it since {moment}.").format(
        name=name, moment=texts.moment(seen.case.since.astimezone(zone))
    )


def to_customer(seen: Seen, asker: Asker, texts: Texts) -> Prompt:
    """The member's own words, around them who writes and what the person had answered; it asks nothing again."""
    name = seen.member
    writes = texts("{name} of {business} writes to you about your answer.")
    title = writes if asker.business else texts("{name} writes to you about your answer.")
    answered = (seen.answer.first_at or seen.answer.not_solved_at or seen.case.opened_at).astimezone(asker.zone)
    return Prompt(
        PromptKind.NOTICE,
        texts.locale,
        seen.invitation.id,
        header=seen.invitation.interaction.subject or "",
        title=title.replace("{name}", name).replace("{business}", asker.business),
        lines=(_answered(seen, texts).replace("{day}", texts.short_date(answered)), seen.case.sentence),
        buttons=(Button(Action.STOP, texts("Don't ask me again"), danger=True),),
    )


def _answered(seen: Seen, texts: Texts) -> str:
    scale, score = seen.invitation.survey.scale, seen.answer.score
    if seen.answer.not_solved_at is not None or scale is None or score is None:
        return texts("On {day} you told us that the matter was not solved yet.")
    words = texts("On {day} you answered {score} of {highest}.")
    for field, value in (("score", score), ("lowest", scale.low), ("highest", scale.high)):
        words = words.replace(f"{{{field}}}", str(value))
    return words


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
