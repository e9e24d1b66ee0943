"""Which groups changed clearly, and which stay silent: each a family of its own, corrected by Holm (KPI.md)."""

from collections.abc import Iterable, Mapping, Sequence

from bot.scoring import Figure, rate, score
from bot.summary.findings import GroupLine, Mover, Silence, low_answers
from bot.summary.material import Cohort, Group, GroupWeek, Segment, SurveyWeek
from bot.trends import NO_EARLIER_PERIOD, Change, Verdict, change, holm, rate_change

FEWEST_DELIVERED = 30  # in a segment and in the rest: below it a rate of 50 % is likely anywhere from 33 to 67 %
MOST_MOVERS = 4
MOST_SILENT = 2
ALMOST_THE_SAME = 0.1  # of the answers: a team and the tag that it sets differ by a few
RANKS = ("team", "agent", "touchpoint", "channel", "tag")  # of two that tell one story, the first can act on it


def movers(weeks: Mapping[str, SurveyWeek], groups: Iterable[GroupWeek]) -> tuple[tuple[Mover, ...], int]:
    """Those that changed clearly, the surest first, and how many were compared.

    All groups of all surveys and dimensions with at least 10 answers in both weeks are one family. A group that holds
    all of a survey's answers is no group: the headline speaks of it.
    """
    compared = _compared(weeks, groups)
    clear = [_mover(weeks[group.slug], group, found) for group, found in compared if found.verdict is Verdict.REAL]
    return tuple(sorted(clear, key=_surest)), len(compared)


def group_lines(
    weeks: Mapping[str, SurveyWeek], groups: Sequence[GroupWeek], headlines: Mapping[str, Change]
) -> tuple[GroupLine, ...]:
    """All groups with answers this week, each with the change that the movers have of it, the largest first.

    A group that gave all of a survey's answers has the change of the headline.
    """
    judged = {(one.slug, one.group): found for one, found in _compared(weeks, groups)}
    found = [
        GroupLine(whole.survey, one.group, one.now, one.before if whole.before is not None else {}, change)
        for one in groups
        if any(one.now.values()) and (whole := weeks.get(one.slug)) is not None
        for change in [judged.get((one.slug, one.group)) or _uncompared(whole, one, headlines[one.slug])]
    ]
    order = list(weeks)
    return tuple(sorted(found, key=lambda one: (order.index(one.survey.slug), -one.figure.n, one.group)))


def _uncompared(whole: SurveyWeek, group: GroupWeek, headline: Change) -> Change:
    """What can be said of a group that is not among the compared."""
    if whole.before is None:
        return NO_EARLIER_PERIOD
    if _is_all(whole, group):
        return headline
    return change(whole.survey, group.now, group.before)


def _compared(weeks: Mapping[str, SurveyWeek], groups: Iterable[GroupWeek]) -> list[tuple[GroupWeek, Change]]:
    """The groups of the family, each with its change as corrected in it."""
    compared = [(group, found) for group in groups if (found := _change(weeks, group)) is not None]
    corrected = holm([found for _, found in compared])
    return [(group, found) for (group, _), found in zip(compared, corrected, strict=True)]


def _change(weeks: Mapping[str, SurveyWeek], group: GroupWeek) -> Change | None:
    """The group's change, or None where it may not be compared."""
    whole = weeks.get(group.slug)
    if whole is None or whole.before is None:
        return None
    if _is_all(whole, group):
        return None
    found = change(whole.survey, group.now, group.before)
    return found if found.p is not None else None


def _is_all(whole: SurveyWeek, group: GroupWeek) -> bool:
    return dict(group.now) == dict(whole.now) and dict(group.before) == dict(whole.before or {})


def _mover(whole: SurveyWeek, group: GroupWeek, found: Change) -> Mover:
    figure, low = score(whole.survey, group.now), low_answers(whole.survey, group.now)
    return Mover(whole.survey, group.group, figure, found, low)


def _surest(mover: Mover) -> tuple[float, str, int, str]:
    p = mover.change.p
    return 1.0 if p is None else p, mover.survey.slug, _rank(mover.group), mover.group.key


def _rank(group: Group) -> int:
    return RANKS.index(group.dimension) if group.dimension in RANKS else len(RANKS)


def told(found: Sequence[Mover]) -> tuple[Mover, ...]:
    """At most four to speak of: as many that got better as that got worse, and more of one where the other has none.

    Where two tell the same story (a team and its only touchpoint), the team speaks, or whatever comes first in `RANKS`.
    """
    once: list[Mover] = []
    for mover in found:
        same = next((at for at, other in enumerate(once) if _same_story(mover, other)), None)
        if same is None:
            once.append(mover)
        elif _rank(mover.group) < _rank(once[same].group):
            once[same] = mover
    worse, better = ([m for m in once if m.better is side] for side in (False, True))
    half = MOST_MOVERS // 2
    chosen = [*worse[: max(half, MOST_MOVERS - len(better))], *better[: max(half, MOST_MOVERS - len(worse))]]
    return tuple(mover for mover in once if mover in chosen)


def _same_story(mover: Mover, other: Mover) -> bool:
    """Are these nearly the same answers, as far as their numbers tell? Two tags have to agree in all of them."""
    if not _may_overlap(mover.group, other.group):
        return False
    if mover.group.dimension == other.group.dimension:
        facts = [(m.survey.slug, m.figure, m.change.value, m.low) for m in (mover, other)]
        return facts[0] == facts[1]
    allowed = ALMOST_THE_SAME * max(mover.figure.n, other.figure.n)
    apart = max(abs(mover.figure.n - other.figure.n), abs(mover.low - other.low))
    return (mover.survey.slug, mover.better) == (other.survey.slug, other.better) and apart <= allowed


def _may_overlap(one: Group, other: Group) -> bool:
    """Can an answer be in both groups? Of one dimension only tags can be together."""
    return one.dimension != other.dimension or one.dimension == "tag"


def silences(cohort: Cohort | None) -> tuple[Silence, ...]:
    """Groups whose response rate is clearly lower than that of all others together, the lowest first; at most two.

    Only where at least 30 questions reached the group and 30 the others; all such groups are one family. Of two with
    the same numbers (a team and its only touchpoint) the first in `RANKS` is named.
    """
    if cohort is None:
        return ()
    compared = [segment for segment in cohort.segments if _enough(segment, cohort)]
    changes = holm([_gap(segment, cohort) for segment in compared])
    found = [
        Silence(segment.group, rate(segment.answered, segment.delivered), _rest(segment, cohort), change)
        for segment, change in zip(compared, changes, strict=True)
        if change.verdict is Verdict.REAL and (change.value or 0.0) < 0
    ]
    found.sort(key=lambda one: (one.figure.value or 0.0, _rank(one.group), one.group))
    once: list[Silence] = []
    for one in found:
        if not any(one.figure == other.figure and _may_overlap(one.group, other.group) for other in once):
            once.append(one)
    return tuple(once[:MOST_SILENT])


def _enough(segment: Segment, cohort: Cohort) -> bool:
    return min(segment.delivered, cohort.delivered - segment.delivered) >= FEWEST_DELIVERED


def _gap(segment: Segment, cohort: Cohort) -> Change:
    others = cohort.answered - segment.answered, cohort.delivered - segment.delivered
    return rate_change(segment.answered, segment.delivered, *others)


def _rest(segment: Segment, cohort: Cohort) -> Figure:
    return rate(cohort.answered - segment.answered, cohort.delivered - segment.delivered)
