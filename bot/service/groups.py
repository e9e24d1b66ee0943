"""Reads the rollups of groups: who answered what in two weeks, and how many of those who were reached answered."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.ports import UnitOfWork
from bot.spans import Span
from bot.summary import Cohort, Group, GroupWeek, Segment

DIMENSIONS: Final = ("team", "agent", "touchpoint", "channel", "tag")
CREWED: Final = frozenset({"team", "touchpoint", "tag"})
SMALLEST_TEAM: Final = 3  # ARCHITECTURE.md: the figure of a smaller team is that of a person
INVITATIONS_LOOKED_AT: Final = 2000
CREW_DAYS: Final = timedelta(days=13)  # before the last day, as many as a week and the one before have
Sums = Mapping[tuple[int, date, str, str], int]


@dataclass(frozen=True, slots=True)
class Nameable:
    """Whom a message may speak of (PULSSI_AGENT_FIGURES).

    `crews` are the numbers of agents of teams, touchpoints and tags (dimension and key), where known.
    """

    agents: bool
    crews: Mapping[tuple[str, str], int]

    @property
    def dimensions(self) -> Sequence[str]:
        return [name for name in DIMENSIONS if self.agents or name != "agent"]

    def allows(self, group: Group) -> bool:
        """Single agents only where the setting has them; a team where it is one, or where nobody names its agents.

        A touchpoint or a tag that one or two agents serve would be their figure by another name.
        """
        if self.agents or group.dimension not in CREWED:
            return self.agents or group.dimension != "agent"
        crew = self.crews.get((group.dimension, group.key))
        return crew == 0 or (crew is not None and crew >= SMALLEST_TEAM)


async def nameable(uow: UnitOfWork, workspace: str, week: Span, *, agents: bool) -> Nameable:
    """Whom one may speak of in figures of that span and the one before; of days, by the agents of two weeks."""
    if agents:
        return Nameable(agents, {})
    first = min(week.previous().first, week.last - CREW_DAYS)
    return Nameable(agents, await uow.responses.crews(workspace, first, week.last, INVITATIONS_LOOKED_AT))


async def group_weeks(
    uow: UnitOfWork,
    surveys: Mapping[str, Sequence[int]],
    week: Span,
    who: Nameable,
    dimensions: Sequence[str] | None = None,
) -> list[GroupWeek]:
    """Every nameable group's answers to each survey (name -> ids of its pooled versions), of this week and the last.

    Of all dimensions, unless some are named.
    """
    slugs = {one: slug for slug, ids in surveys.items() for one in ids}
    found: defaultdict[tuple[str, Group], tuple[Counter[int], Counter[int]]] = defaultdict(
        lambda: (Counter(), Counter())
    )
    for dimension in who.dimensions if dimensions is None else dimensions:
        sums = await uow.rollups.sums(list(slugs), week.previous().first, week.last, dimension)
        for (survey, day, key, measure), n in sums.items():
            if measure.startswith("score_"):
                weeks = found[slugs[survey], Group(dimension, key)]
                weeks[day < week.first][int(measure.removeprefix("score_"))] += n
    return [
        GroupWeek(slug, group, _histogram(now), _histogram(before))
        for (slug, group), (now, before) in sorted(found.items())
        if who.allows(group)
    ]


async def cohort(uow: UnitOfWork, ids: Sequence[int], week: Span, who: Nameable) -> Cohort:
    """How many of each nameable group were reached and answered, of those whose asking was decided in the week."""
    whole = _reached(await uow.rollups.sums(ids, week.first, week.last)).get("", Counter())
    segments = []
    for dimension in who.dimensions:
        reached = _reached(await uow.rollups.sums(ids, week.first, week.last, dimension))
        for key, counts in sorted(reached.items()):
            if who.allows(group := Group(dimension, key)):
                segments.append(Segment(group, counts["delivered"], counts["answered"]))
    return Cohort(week, whole["delivered"], whole["answered"], segments)


def _reached(sums: Sums) -> Mapping[str, Counter[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (_, _, key, measure), n in sums.items():
        if measure in {"delivered", "answered"}:
            found[key][measure] += n
    return found


def _histogram(counts: Counter[int]) -> dict[int, int]:
    return {score: n for score, n in sorted(counts.items()) if n}
