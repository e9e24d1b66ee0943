"""The buttons below the weekly message: what can be looked up, and nothing that would come back empty."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.prompts import FIGURES_MENU, Action, Button
from bot.spans import Every, Span, every_of
from bot.summary import Summary
from bot.texts import Texts
from bot.trends import Verdict

_FEWEST_WEEKS: Final = 2
SO_FAR: Final = "now"


class Detail(StrEnum):
    """What can be asked for, as it stands in a button's value: `f:com:2026-W47`."""

    COMMENTS = "com"
    TEAMS = "team"
    AGENTS = "agent"
    TOUCHPOINTS = "tp"
    WEEKS = "12"
    SCORES = "dis"
    LOW = "low"
    WHY = "why"
    MEANING = "def"


DIMENSIONS: Final = MappingProxyType({Detail.TEAMS: "team", Detail.AGENTS: "agent", Detail.TOUCHPOINTS: "touchpoint"})
_LABELS: Final[MappingProxyType[Detail, Callable[[Texts], str]]] = MappingProxyType(
    {
        Detail.COMMENTS: lambda texts: texts("Comments"),
        Detail.TEAMS: lambda texts: texts("By team"),
        Detail.AGENTS: lambda texts: texts("By agent"),
        Detail.TOUCHPOINTS: lambda texts: texts("By touchpoint"),
        Detail.SCORES: lambda texts: texts("Answers by score"),
        Detail.LOW: lambda texts: texts("Low scores"),
        Detail.WHY: lambda texts: texts("Why these verdicts?"),
        Detail.MEANING: lambda texts: texts("What the figures mean"),
    }
)


_TWELVE: Final[MappingProxyType[Every, Callable[[Texts], str]]] = MappingProxyType(
    {
        Every.DAY: lambda texts: texts("12 days"),
        Every.WEEK: lambda texts: texts("12 weeks"),
        Every.MONTH: lambda texts: texts("12 months"),
    }
)
_SO_FAR: Final[MappingProxyType[Every, Callable[[Texts], str]]] = MappingProxyType(
    {
        Every.DAY: lambda texts: texts("Today so far"),
        Every.WEEK: lambda texts: texts("This week so far"),
        Every.MONTH: lambda texts: texts("This month so far"),
    }
)


def label_of(detail: Detail, span: Span, texts: Texts) -> str:
    """What it is called, on the button and above the answer."""
    return (_TWELVE[every_of(span)] if detail is Detail.WEEKS else _LABELS[detail])(texts)


def detail_value(detail: Detail, week: Span, page: int = 0) -> str:
    """What stands behind the button; a page is told where it takes the place of another one."""
    return ":".join((FIGURES_MENU, detail.value, str(week), *([str(page)] if page else [])))


def detail_buttons(summary: Summary, texts: Texts) -> tuple[Button, ...]:
    """Below the message about this week, so that an old message's buttons answer about its own."""
    week = summary.edition.week
    made = [Button(Action.MENU, _label(one, summary, texts), value=detail_value(one, week)) for one in _worth(summary)]
    if not summary.edition.so_far:
        made.append(
            Button(Action.MENU, _SO_FAR[every_of(week)](texts), value=f"{FIGURES_MENU}:{SO_FAR}:{every_of(week)}")
        )
    return tuple(made)


def _label(detail: Detail, summary: Summary, texts: Texts) -> str:
    if detail is not Detail.WHY:
        return label_of(detail, summary.edition.week, texts)
    clear = any(line.change.verdict is Verdict.REAL for line in summary.scores) or bool(summary.movers)
    return texts("Why “clear”?") if clear else texts("Why “could be chance”?")


def _worth(summary: Summary) -> Iterator[Detail]:
    """What has something to show."""
    lines = summary.scores
    if summary.comments:
        yield Detail.COMMENTS
    yield from _groups(summary)
    if any(sum(value is not None for value in line.line) >= _FEWEST_WEEKS for line in lines):
        yield Detail.WEEKS
    if any(line.figure.n for line in lines):
        yield Detail.SCORES
    if any(line.low for line in lines):
        yield Detail.LOW
    if summary.movers or any(line.change.p is not None for line in lines):
        yield Detail.WHY
    if any(line.figure.n for line in lines) or summary.funnel.considered:
        yield Detail.MEANING


def _groups(summary: Summary) -> Iterator[Detail]:
    there = {one.group.dimension for one in summary.groups}
    for detail, dimension in DIMENSIONS.items():
        if dimension in there and (detail is not Detail.AGENTS or summary.edition.agents):
            yield detail
