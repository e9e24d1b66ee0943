"""What became of low scores: beside each answer where its case stands, and a button for those that are not done."""

from collections.abc import Sequence

from bot.case_text import LONGEST_LABEL, Press, Seen, button
from bot.cases import CaseState
from bot.prompts import Button
from bot.service.cases.seeing import seen
from bot.service.commands.talk import Talk
from bot.summary_text import Answered
from bot.texts import Texts


async def with_cases(
    talk: Talk, shown: Sequence[Answered], lines: Sequence[str]
) -> tuple[list[str], tuple[Button, ...]]:
    """The lines with the state of each answer's case, and a button for each that somebody can still do something about.

    Imported answers and those from before there were cases have none.
    """
    found = [await talk.uow.cases.get(one.comment.invitation) for one in shown]
    cases = {one.case.invitation: one for one in await seen(talk.uow, [case for case in found if case is not None])}
    told, buttons = [], list[Button]()
    for answered, line in zip(shown, lines, strict=True):
        case = cases.get(answered.comment.invitation)
        if case is not None and case.case.state is not CaseState.DONE:
            number = len(buttons) + 1
            buttons.append(button(Press.SHOW, _label(number, answered, talk.texts), case.case.invitation))
            told.append(f"{number}. {line} · {_state(case, talk.texts)}")
        else:
            told.append(f"{line} · {talk.texts('done')}" if case is not None else line)
    return told, tuple(buttons)


def _label(number: int, answered: Answered, texts: Texts) -> str:
    comment = answered.comment
    score = texts("{score} of {highest}").format(score=comment.score, highest=comment.highest, lowest="")
    label = f"{number}. {' · '.join(part for part in (score, answered.name or comment.ticket) if part)}"
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"


def _state(case: Seen, texts: Texts) -> str:
    if case.case.state is CaseState.TAKEN:
        return texts("{name} takes it.").format(name=case.member or texts("Somebody")).rstrip(".")
    return texts("nobody has taken it yet")
