"""Reads the rollups and hands the figures of a period or a week to the pure core."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.business import Business
from bot.cases import CaseState
from bot.errors import UnknownSurvey, WrongUse
from bot.ports import StoredSurvey, UnitOfWork
from bot.scoring import Histogram
from bot.service.commented import week_comments
from bot.service.groups import cohort, group_weeks, nameable
from bot.spans import Span
from bot.summary import (
    Besides,
    Edition,
    Funnel,
    Moved,
    MovedFigure,
    OpenCases,
    Period,
    Summary,
    SurveyWeek,
    summarise,
    what_moved,
)
from bot.surveys import Survey, listing_order
from bot.values import replace
from bot.weeks import Week, end_utc

WEEKS_SHOWN = 12
UNTOLD = frozenset({"passed_over", "no_destination"})
"""Decisions about a week after which nobody read its figures."""
GROUPINGS = ("agent", "team", "channel", "tag", "touchpoint", "week")
Sums = Mapping[tuple[int, date, str, str], int]


class _Counts:
    """The sums of some surveys over some days, for one dimension, laid out so that a week is found at once."""

    def __init__(self, sums: Sums) -> None:
        self._days: defaultdict[tuple[int, str], defaultdict[date, list[tuple[str, int]]]]
        self._days = defaultdict(lambda: defaultdict(list))
        for (survey, day, key, measure), n in sums.items():
            if n:
                self._days[survey, key][day].append((measure, n))

    def histogram(self, ids: Iterable[int], first: date, last: date, key: str = "") -> dict[int, int]:
        found: Counter[int] = Counter()
        for measure, n in self._within(ids, first, last, key):
            if measure.startswith("score_"):
                found[int(measure.removeprefix("score_"))] += n
        return {score: n for score, n in sorted(found.items()) if n}

    def measures(self, ids: Iterable[int], first: date, last: date) -> Counter[str]:
        found: Counter[str] = Counter()
        for measure, n in self._within(ids, first, last, ""):
            if not measure.startswith("score_"):
                found[measure] += n
        return found

    def _within(self, ids: Iterable[int], first: date, last: date, key: str) -> Iterator[tuple[str, int]]:
        for survey in set(ids):
            days: Mapping[date, list[tuple[str, int]]] = self._days.get((survey, key)) or {}
            yield from (count for day, counts in days.items() if first <= day <= last for count in counts)

    @property
    def keys(self) -> list[str]:
        """Of the groups with answers."""
        return sorted(
            {
                key
                for (_, key), days in self._days.items()
                if any(measure.startswith("score_") for counts in days.values() for measure, _ in counts)
            }
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """The versions of a workspace's surveys by name, and the sums of some weeks over everybody."""

    groups: Mapping[str, list[StoredSurvey]]
    counts: "_Counts"

    @property
    def ids(self) -> list[int]:
        return [version.id for group in self.groups.values() for version in group]

    def weeks(self, week: Span) -> dict[str, "_Week"]:
        """By name, the surveys that were answered in these twelve weeks."""
        found = {slug: _survey_week(group, self.counts, week) for slug, group in self.groups.items()}
        return {slug: one for slug, one in found.items() if one is not None}

    def funnel(self, week: Span) -> Funnel:
        return funnel_of(self.counts.measures(self.ids, week.first, week.last))


@dataclass(frozen=True, slots=True)
class _Week:
    """A survey's week, and the ids of the versions that it pools."""

    of: SurveyWeek
    ids: Sequence[int]


async def week_summary(uow: UnitOfWork, business: Business, edition: Edition, now: datetime) -> Summary:
    """The summary of the edition's week, from the rollups and the newest comments.

    Its response rate is settled when every question of the cohort has expired: one that is shown on its last day waits
    as long again for its answer. Segments are compared in the newest week of which that is true.
    """
    week = edition.week
    versions = await uow.surveys.versions(business.workspace.name)
    longest = max((v.survey.expires_after for v in versions), default=timedelta())
    last = (week.minus(n) for n in range(WEEKS_SHOWN))
    settled = [one for one in last if now >= end_utc(one, business.zone) + 2 * longest]
    edition = replace(edition, response_settled=week in settled)
    sums = await uow.rollups.sums([v.id for v in versions], week.minus(WEEKS_SHOWN - 1).first, week.last)
    read = _Read(_by_slug(versions), _Counts(sums))
    found = read.weeks(week)
    who = await nameable(uow, business.workspace.name, week, agents=edition.agents)
    then = await nameable(uow, business.workspace.name, settled[0], agents=edition.agents) if settled else who
    moved = await _moved(uow, business, read, week.previous())
    besides = Besides(
        groups=await group_weeks(uow, {slug: one.ids for slug, one in found.items()}, week, who),
        cohort=await cohort(uow, read.ids, settled[0], then) if settled else None,
        open_cases=await _open_cases(uow, business),
        moved=replace(moved, settled=week.previous() in settled) if moved is not None else None,
    )
    comments = await week_comments(uow, business, week, who)
    return summarise(edition, [one.of for one in found.values()], read.funnel(week), comments, besides)


async def _open_cases(uow: UnitOfWork, business: Business) -> OpenCases | None:
    """Those that nobody has taken, now; None where there are none."""
    found = (await uow.cases.counts(business.workspace.name)).get(CaseState.OPEN)
    return None if found is None else OpenCases(found[0], business.today(found[1]))


async def _moved(uow: UnitOfWork, business: Business, read: _Read, week: Span) -> Moved | None:
    """What of that week's posted figures is not true any more; None for a week that nobody was told of."""
    decision = await uow.summaries.get(business.workspace.name, str(week))
    if decision is None or decision.state in UNTOLD or not isinstance(decision.figures, dict):
        return None
    weeks = read.weeks(week)
    surveys = [(one.of.survey, one.of.now) for one in weeks.values()]
    found = what_moved(week, decision.figures, surveys, read.funnel(week))
    if found is None:
        return None
    figures = [await _rescored(uow, one, weeks, week, decision.decided_at) for one in found.figures]
    return replace(found, figures=tuple(figures))


async def _rescored(
    uow: UnitOfWork, one: MovedFigure, weeks: Mapping[str, _Week], week: Span, since: datetime
) -> MovedFigure:
    """With the number of people who changed their score since, where that alone explains the difference."""
    if one.was.n != one.now.n:
        return one
    ids = weeks[one.survey.slug].ids
    return replace(one, rescored=await uow.responses.rescored(ids, week.first, week.last, since) or None)


async def period(
    uow: UnitOfWork, business: Business, slug: str, first: date, last: date, by: str | None = None
) -> Period:
    """One survey's figures over local days, both included; `by` groups them.

    Versions that differ are not pooled: the newest one with answers in these days counts, and `left_out` says how many
    answers the others have.
    """
    if first > last:
        raise WrongUse(f"The period ends ({last}) before it begins ({first}).")
    if by is not None and by not in GROUPINGS:
        raise WrongUse(f"Figures can be grouped by {', '.join(GROUPINGS)}, not by {by!r}.")
    group = _by_slug(await uow.surveys.versions(business.workspace.name)).get(slug)
    if group is None:
        known = sorted({v.survey.slug for v in await uow.surveys.versions(business.workspace.name)})
        raise UnknownSurvey(f"There is no survey {slug!r}; there are {', '.join(known)}.")
    counts = _Counts(await uow.rollups.sums([v.id for v in group], first, last))
    newest = _newest_used(group, counts, first, last) or group[-1]
    ids = _poolable(group, newest)
    funnel = counts.measures(ids, first, last)
    return Period(
        survey=newest.survey,
        first=first,
        last=last,
        histogram=counts.histogram(ids, first, last),
        sent=funnel["delivered"],
        delivered=funnel["delivered"],
        answered=funnel["answered"],
        left_out=_answers(group, counts, first, last) - sum(counts.histogram(ids, first, last).values()),
        by=await _groups(uow, ids, first, last, by),
    )


async def _groups(
    uow: UnitOfWork, ids: Sequence[int], first: date, last: date, by: str | None
) -> Sequence[tuple[str, Histogram]]:
    if by is None:
        return ()
    if by == "week":
        counts = _Counts(await uow.rollups.sums(ids, first, last))
        weeks = _weeks(first, last)
        return [(str(w), counts.histogram(ids, max(w.first, first), min(w.last, last))) for w in weeks]
    counts = _Counts(await uow.rollups.sums(ids, first, last, by))
    groups = [(key, counts.histogram(ids, first, last, key)) for key in counts.keys]
    return sorted(groups, key=lambda group: (-sum(group[1].values()), group[0]))


def _weeks(first: date, last: date) -> list[Week]:
    found, day = [], first
    while day <= last:
        found.append(Week.of(day))
        day = found[-1].last + timedelta(days=1)
    return found


def _by_slug(versions: Sequence[StoredSurvey]) -> Mapping[str, list[StoredSurvey]]:
    """Versions per survey, oldest first; the surveys in the order in which they are listed."""
    found: defaultdict[str, list[StoredSurvey]] = defaultdict(list)
    for stored in sorted(versions, key=lambda v: listing_order(v.survey)):
        found[stored.survey.slug].append(stored)
    return found


def _poolable(group: Sequence[StoredSurvey], newest: StoredSurvey) -> list[int]:
    return [v.id for v in group if v.survey.poolable(newest.survey)]


def _newest_used(group: Sequence[StoredSurvey], counts: _Counts, first: date, last: date) -> StoredSurvey | None:
    """The newest version with answers in these days."""
    return next((v for v in reversed(group) if counts.histogram([v.id], first, last)), None)


def _answers(group: Sequence[StoredSurvey], counts: _Counts, first: date, last: date) -> int:
    return sum(counts.histogram([v.id for v in group], first, last).values())


def _survey_week(group: Sequence[StoredSurvey], counts: _Counts, week: Span) -> _Week | None:
    """The survey's week as its version of that week has it; None when twelve weeks are without an answer.

    The goal is the newest version's, where that has the same scale.
    """
    before, earliest = week.previous(), week.minus(WEEKS_SHOWN - 1).first
    now_used = [v for v in group if counts.histogram([v.id], week.first, week.last)]
    before_used = [v for v in group if counts.histogram([v.id], before.first, before.last)]
    newest = (now_used or before_used or group)[-1]
    ids = _poolable(group, newest)
    weeks = tuple(counts.histogram(ids, w.first, w.last) for w in (week.minus(n) for n in reversed(range(WEEKS_SHOWN))))
    if not any(weeks) or newest.survey.scale is None:
        return None
    left_out = _answers(group, counts, week.first, week.last) - sum(weeks[-1].values())
    left_before = _answers(group, counts, before.first, before.last) - sum(weeks[-2].values())
    goal = group[-1].survey.goal if group[-1].id in ids else None
    of = SurveyWeek(
        replace(newest.survey, goal=goal),
        weeks[-1],
        weeks[-2] or None,
        weeks,
        left_out,
        changed_wording=bool(weeks[-2]) and _wordings(group, ids, [*now_used, *before_used]) > 1,
        changed_scale=left_out > 0 or left_before > 0,
        left_out_before=left_before if weeks[-2] else 0,
        wordings=_wordings(group, ids, [v for v in group if counts.histogram([v.id], earliest, week.last)]),
        changed=_changes(group, counts, week),
    )
    return _Week(of, ids)


def _wordings(group: Sequence[StoredSurvey], ids: Sequence[int], used: Sequence[StoredSurvey]) -> int:
    """How many wordings the pooled ones among these versions have; versions of the same words are one."""
    asked = [v.survey.wording for v in group if v.id in ids and v in used]
    return sum(wording not in asked[:at] for at, wording in enumerate(asked))


def _changes(group: Sequence[StoredSurvey], counts: _Counts, last: Span) -> tuple[Span, ...]:
    """The weeks in which a newer version that asks in other words, or on another scale, was first answered.

    Late answers to an older version change nothing, and before the first answers there is nothing to have changed.
    """
    found: list[Span] = []
    newest: StoredSurvey | None = None
    for week in (last.minus(n) for n in reversed(range(WEEKS_SHOWN))):
        used = _newest_used(group, counts, week.first, week.last)
        if used is None or (newest is not None and group.index(used) <= group.index(newest)):
            continue
        if newest is not None and not _asks_alike(newest.survey, used.survey):
            found.append(week)
        newest = used
    return tuple(found)


def _asks_alike(one: Survey, other: Survey) -> bool:
    return one.wording == other.wording and one.poolable(other)


def funnel_of(measures: Mapping[str, int]) -> Funnel:
    """The people asked, from the sums of their measures over some days."""

    def reasons(prefix: str) -> dict[str, int]:
        return {name.removeprefix(prefix): n for name, n in sorted(measures.items()) if n and name.startswith(prefix)}

    return Funnel(
        considered=measures.get("considered", 0),
        suppressed=reasons("suppressed:"),
        failed=reasons("failed:"),
        delivered=measures.get("delivered", 0),
        answered=measures.get("answered", 0),
        commented=measures.get("commented", 0),
    )
