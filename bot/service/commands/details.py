"""The buttons below the weekly message: whoever presses one reads the answer alone, by their role."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.channels import traits
from bot.errors import WrongUse
from bot.prompts import Action, Button, Prompt, PromptKind
from bot.service import answers
from bot.service.commands.figures import Figures
from bot.service.commands.low_scores import with_cases
from bot.service.commands.talk import Talk, pages
from bot.service.figures import UNTOLD, WEEKS_SHOWN
from bot.service.groups import nameable
from bot.service.summaries import Summaries
from bot.spans import Every, Span, every_of, parse_span, reaches_back
from bot.summary import Moved, Summary, for_staff, what_moved
from bot.summary_picture import distribution_picture, distribution_words
from bot.summary_text import (
    DIMENSIONS,
    SO_FAR,
    Answered,
    Detail,
    answer_line,
    detail_value,
    explanations,
    group_details,
    label_of,
    moved_lines,
    paged,
    reasons,
    span_title,
    week_details,
)
from bot.texts import Texts
from bot.values import replace

FOR_OWNERS: Final = frozenset({Detail.COMMENTS, Detail.LOW, Detail.AGENTS})
_MOST_PAGES: Final = 999
_UNDATED: Final = frozenset({"kpi", SO_FAR, *(f"{SO_FAR}:{one}" for one in Every if one is not Every.OFF)})
_Lines = Callable[[Summary, Texts], list[str]]
_FIGURES: Final[Mapping[Detail, _Lines]] = MappingProxyType(
    {
        **{
            detail: lambda summary, texts, name=dimension: group_details(summary, name, texts)  # type: ignore[misc]
            for detail, dimension in DIMENSIONS.items()
        },
        Detail.WEEKS: week_details,
        Detail.SCORES: distribution_words,
        Detail.WHY: reasons,
        Detail.MEANING: explanations,
    }
)
_READ: Final[Mapping[Detail, Callable[..., Awaitable[list[Answered]]]]] = MappingProxyType(
    {Detail.COMMENTS: answers.commented, Detail.LOW: answers.low}
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """`page` counts from 1; 0 is the first one, beside the message whose button was pressed."""

    detail: Detail
    week: Span
    page: int = 0


class Details:
    """Everything is read anew, from the same summary as the message; that it has moved since is said."""

    def __init__(self, summaries: Summaries, figures: Figures) -> None:
        self._summaries = summaries
        self._figures = figures

    async def pressed(self, talk: Talk, value: str) -> None:
        """`com:2026-W47`, `com:2026-W47:2` and so on (`Detail`), `now:week`; `kpi` and `now` under older messages."""
        wanted = _wanted(talk, value)
        if value in _UNDATED:
            await self._figures.pressed(talk, value)
        elif wanted is None:
            talk.hint(talk.texts("This button does nothing any more."))
            return
        elif wanted.detail in FOR_OWNERS and not talk.is_owner:
            talk.hint(talk.texts("Only owners can do that."))
            return
        else:
            await self._answer(talk, wanted)
        here = talk.request.address
        if here.shared and not talk.request.in_place and not traits(here.channel).whispers:
            talk.hint(talk.texts("You find it in your own chat with me."))

    async def _answer(self, talk: Talk, wanted: _Wanted) -> None:
        found = await self._summaries.week_in(talk.uow, talk.workspace, wanted.week)
        summary = found if talk.is_owner else for_staff(found)
        if wanted.detail is Detail.AGENTS and not summary.edition.agents:
            talk.hint(talk.texts("Figures of single people are switched off here."))
            return
        moved = await _moved(talk, summary)
        title = _title(wanted, moved, talk.texts)
        if wanted.detail in _READ:
            await _show_answers(talk, wanted, summary, title)
            return
        lines = _FIGURES[wanted.detail](summary, talk.texts) or [talk.texts("There is nothing to show.")]
        *pages_before, last = pages([*lines, *moved_lines(moved, talk.texts)])
        for page in pages_before:
            talk.show(_prompt(title, page, talk.texts), talk.own, beside=True)
        picture = distribution_picture(summary, talk.texts) if wanted.detail is Detail.SCORES else None
        talk.show(replace(_prompt(title, last, talk.texts), picture=picture), talk.own, beside=True)


async def _show_answers(talk: Talk, wanted: _Wanted, summary: Summary, title: str) -> None:
    agents = summary.edition.agents
    who = await nameable(talk.uow, talk.workspace, wanted.week, agents=agents)
    found = await _READ[wanted.detail](talk.uow, talk.business, wanted.week, who)
    every = paged([answer_line(one, talk.texts, agents=agents, every=every_of(wanted.week)) for one in found])
    number = min(max(wanted.page, 1), len(every))
    lines, cases = every[number - 1], tuple[Button, ...]()
    if wanted.detail is Detail.LOW:
        before = sum(len(page) for page in every[: number - 1])
        lines, cases = await with_cases(talk, found[before : before + len(lines)], lines)
    lines = lines or [talk.texts("There is nothing to show.")]
    shown = _prompt(title, [*_counted(found, number, len(every), talk.texts), *lines], talk.texts)
    buttons = (*cases, *_turning(wanted, number, len(every), talk.texts))
    # Like a case it quotes customers: no command in their words is one of ours, to be tapped or written otherwise.
    quoting = replace(shown, kind=PromptKind.CASE, buttons=buttons)
    talk.show(quoting, talk.own, beside=not wanted.page)


def _counted(found: Sequence[Answered], number: int, every: int, texts: Texts) -> list[str]:
    if not found:
        return []
    more = texts("the newest {n}").format(n=texts.number(len(found))) if len(found) == answers.MOST else ""
    count = more or texts.plural("{n} answer", "{n} answers", len(found))
    page = texts("page {page} of {pages}").format(page=number, pages=every) if every > 1 else ""
    return [" · ".join(part for part in (count, page) if part)]


def _turning(wanted: _Wanted, number: int, every: int, texts: Texts) -> tuple[Button, ...]:
    """To the newer and the older ones; the page takes the place of this one."""
    ways = ((texts("Back"), number - 1), (texts("More"), number + 1))
    return tuple(
        Button(Action.MENU, label, value=detail_value(wanted.detail, wanted.week, page))
        for label, page in ways
        if 1 <= page <= every
    )


def _wanted(talk: Talk, value: str) -> _Wanted | None:
    """What the button asks for; None for what never stood on one, and for a week that has not come."""
    name, _, rest = value.partition(":")
    week, _, page = rest.partition(":")
    try:
        found = _Wanted(Detail(name), parse_span(week), int(page) if page else 0)
    except (ValueError, WrongUse):
        return None
    begun = found.week.first <= talk.business.today(talk.now) and reaches_back(found.week, WEEKS_SHOWN)
    return found if begun and 0 <= found.page <= _MOST_PAGES else None


async def _moved(talk: Talk, summary: Summary) -> Moved | None:
    """What stands differently in the message about this week that was posted; None where nothing does."""
    week = summary.edition.week
    decision = await talk.uow.summaries.get(talk.workspace, str(week))
    if decision is None or decision.state in UNTOLD or not isinstance(decision.figures, dict):
        return None
    surveys = [(line.survey, line.histogram) for line in summary.scores]
    found = what_moved(week, decision.figures, surveys, summary.funnel)
    return replace(found, settled=summary.edition.response_settled) if found is not None else None


def _title(wanted: _Wanted, moved: Moved | None, texts: Texts) -> str:
    now = (texts("as of now"),) if moved is not None else ()
    return " · ".join((label_of(wanted.detail, wanted.week, texts), *span_title(wanted.week, texts), *now))


def _prompt(title: str, lines: Sequence[str], texts: Texts) -> Prompt:
    return Prompt(PromptKind.INFO, texts.locale, title=title, lines=tuple(lines))
