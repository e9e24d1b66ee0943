"""A week's summary for a destination that is limited to a team, tag or touchpoint."""

from collections import Counter
from datetime import date, timedelta
from typing import Final

from bot.business import Business
from bot.destinations import LIMITS, Destination
from bot.errors import WrongUse
from bot.ports import UnitOfWork
from bot.service.commented import week_comments
from bot.service.figures import funnel_of
from bot.service.groups import group_weeks, nameable
from bot.summary import Group, OfGroup, OpenCases, Summary, narrowed

LOOKED_AT: Final = 1000  # of everybody's newest comments: a small team's may be far between
KNOWN_FOR: Final = timedelta(days=366)


async def narrowed_to(uow: UnitOfWork, business: Business, whole: Summary, place: Destination) -> Summary:
    """What the place reads of it: the whole where it has no limit."""
    if not place.limit:
        return whole
    group, week = Group(place.limit, place.key), whole.edition.week
    versions = await uow.surveys.versions(business.workspace.name)
    pooled = {
        line.survey.slug: [
            v.id for v in versions if v.survey.slug == line.survey.slug and v.survey.poolable(line.survey)
        ]
        for line in whole.scores
    }
    who = await nameable(uow, business.workspace.name, week, agents=whole.edition.agents)
    sums = await uow.rollups.sums([v.id for v in versions], week.first, week.last, place.limit)
    measures: Counter[str] = Counter()
    for (_, _, key, measure), n in sums.items():
        if key == place.key and not measure.startswith("score_"):
            measures[measure] += n
    part = OfGroup(
        group=group,
        weeks=await group_weeks(uow, pooled, week, who, [place.limit]),
        funnel=funnel_of(measures),
        comments=await week_comments(uow, business, week, who, LOOKED_AT),
        open_cases=await _open_cases(uow, business, place),
        nameable=who.allows(group) or not any(key == place.key for _, _, key, _ in sums),
    )
    return narrowed(whole, part)


async def _open_cases(uow: UnitOfWork, business: Business, place: Destination) -> OpenCases | None:
    """Those that nobody has taken, now, of the place's group."""
    waiting = await uow.cases.waiting(business.workspace.name)
    asked = await uow.invitations.load([case.invitation for case in waiting])
    about = {named: found.interaction for named, found in asked.items()}
    theirs = [
        case
        for case in waiting
        if (one := about.get(case.invitation)) is not None and place.tells_of(one.team, one.tags, one.touchpoint)
    ]
    return OpenCases(len(theirs), business.today(min(case.opened_at for case in theirs))) if theirs else None


async def known_keys(uow: UnitOfWork, workspace: str, limit: str, today: date) -> list[str]:
    """The teams, tags or touchpoints of the last year's questions and answers, in alphabetical order."""
    if limit not in LIMITS:
        raise WrongUse(f"A place can be limited to a {', '.join(LIMITS)}, not to {limit!r}.")
    ids = [version.id for version in await uow.surveys.versions(workspace)]
    sums = await uow.rollups.sums(ids, today - KNOWN_FOR, today, limit)
    return sorted({key for (_, _, key, _), n in sums.items() if n and key}, key=str.casefold)
