"""Reads the rollups and hands the figures of a period or a week to the pure core."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.business import Business
from bot.errors import UnknownSurvey, WrongUse
from bot.invitation import Invitation
from bot.ports import StoredSurvey, UnitOfWork
from bot.scoring import Histogram
from bot.summary import Comment, Edition, Funnel, Period, Summary, SurveyWeek, summarise
from bot.surveys import listing_order
from bot.weeks import Week, end_utc

WEEKS_SHOWN = 12
COMMENTS_LOOKED_AT = 200
GROUPINGS = ("agent", "team", "channel", "tag", "touchpoint", "week")
Sums = Mapping[tuple[int, date, str, str], int]


@dataclass(frozen=True, slots=True)
class _Counts:
    """The sums of some surveys over some days, for one dimension."""

    sums: Sums

    def histogram(self, ids: Iterable[int], first: date, last: date, key: str = "") -> dict[int, int]:
        found: Counter[int] = Counter()
        wanted = set(ids)
        for (survey, day, of, measure), n in self.sums.items():
            if n and survey in wanted and of == key and first <= day <= last and measure.startswith("score_"):
                found[int(measure.removeprefix("score_"))] += n
        return {score: n for score, n in sorted(found.items()) if n}

    def measures(self, ids: Iterable[int], first: date, last: date) -> Counter[str]:
        found: Counter[str] = Counter()
        wanted = set(ids)
        for (survey, day, key, measure), n in self.sums.items():
            if survey in wanted and not key and first <= day <= last and not measure.startswith("score_"):
                found[measure] += n
        return found

    @property
    def keys(self) -> list[str]:
        return sorted({key for (_, _, key, measure), n in self.sums.items() if n and measure.startswith("score_")})


async def week_summary(uow: UnitOfWork, business: Business, edition: Edition, now: datetime) -> Summary:
    """The summary of the edition's week, from the rollups and the newest comments.

    Its response rate is settled when every question of the cohort has expired: one that is shown on its last day waits
    as long again for its answer.
    """
    week = edition.week
    versions = await uow.surveys.versions(business.workspace.name)
    longest = max((v.survey.expires_after for v in versions), default=timedelta())
    edition = replace(edition, response_settled=now >= end_utc(week, business.zone) + 2 * longest)
    sums = await uow.rollups.sums([v.id for v in versions], week.minus(WEEKS_SHOWN - 1).monday, week.sunday)
    counts = _Counts(sums)
    weeks = [found for group in _by_slug(versions).values() if (found := _survey_week(group, counts, week)) is not None]
    funnel = _funnel(counts.measures([v.id for v in versions], week.monday, week.sunday))
    written = await uow.responses.commented(business.workspace.name, week.monday, week.sunday, COMMENTS_LOOKED_AT)
    comments = [comment for recorded in written if (comment := _comment(recorded.invitation, business)) is not None]
    return summarise(edition, weeks, funnel, comments)


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
        return [(str(w), counts.histogram(ids, max(w.monday, first), min(w.sunday, last))) for w in weeks]
    counts = _Counts(await uow.rollups.sums(ids, first, last, by))
    groups = [(key, counts.histogram(ids, first, last, key)) for key in counts.keys]
    return sorted(groups, key=lambda group: (-sum(group[1].values()), group[0]))


def _weeks(first: date, last: date) -> list[Week]:
    found, day = [], first
    while day <= last:
        found.append(Week.of(day))
        day = found[-1].sunday + timedelta(days=1)
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


def _survey_week(group: Sequence[StoredSurvey], counts: _Counts, week: Week) -> SurveyWeek | None:
    """The survey's week as its version of that week has it; None when twelve weeks are without an answer."""
    before = week.previous()
    now_used = [v for v in group if counts.histogram([v.id], week.monday, week.sunday)]
    before_used = [v for v in group if counts.histogram([v.id], before.monday, before.sunday)]
    newest = (now_used or before_used or group)[-1]
    ids = _poolable(group, newest)
    weeks = tuple(
        counts.histogram(ids, w.monday, w.sunday) for w in (week.minus(n) for n in reversed(range(WEEKS_SHOWN)))
    )
    if not any(weeks) or newest.survey.scale is None:
        return None
    left_out = _answers(group, counts, week.monday, week.sunday) - sum(weeks[-1].values())
    changed = left_out > 0 or (bool(before_used) and any(v not in before_used for v in now_used))
    return SurveyWeek(newest.survey, weeks[-1], weeks[-2] or None, weeks, changed, left_out)


def _funnel(measures: Mapping[str, int]) -> Funnel:
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


def _comment(invitation: Invitation, business: Business) -> Comment | None:
    answer = invitation.answer
    if answer is None or not answer.parts:
        return None
    scale = invitation.survey.scale
    highest = scale.high if scale is not None and answer.score is not None else None
    about = invitation.interaction
    day = answer.day or business.today(answer.parts[-1].at)
    return Comment(
        answer.comment, invitation.survey.slug, answer.score, highest, day, about.agent, about.team, about.ticket,
        invitation=invitation.id,
    )  # fmt: skip
