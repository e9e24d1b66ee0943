"""What to do next: at most two steps, which follow from the figures by the rules below (docs/weekly-message.md).

Every rule rests on something that is clear or counted, never on a change that could be chance. One step is for what
went wrong; where somebody clearly improved, the other is for that, so that praise is as visible as trouble.
"""

from collections.abc import Iterator, Sequence

from bot.scoring import Figure
from bot.summary.findings import Mover, Rule, ScoreLine, Silence, Step, is_better
from bot.summary.material import Funnel
from bot.surveys import Survey
from bot.trends import MIN_ANSWERS, Verdict

MOST_STEPS = 2
FEWEST_FAILED = 10
FAILED_SHARE = 0.1  # from one in ten on, what is missing can move a figure as much as what is there


def next_steps(
    scores: Sequence[ScoreLine],
    movers: Sequence[Mover],
    silent: Sequence[Silence],
    funnel: Funnel,
    *,
    so_far: bool = False,
) -> tuple[Step, ...]:
    """The first step for trouble and the first for praise; two for trouble where there is nothing to praise.

    A week that is not over (`so_far`) is not blamed for having few answers.
    """
    trouble, praise = list(_trouble(scores, movers, silent, funnel)), list(_praise(scores, movers))
    trouble += [] if so_far else _few(scores)
    first = trouble[: MOST_STEPS - 1] if praise else trouble[:MOST_STEPS]
    return (*first, *praise[: MOST_STEPS - 1])


def _trouble(
    scores: Sequence[ScoreLine], movers: Sequence[Mover], silent: Sequence[Silence], funnel: Funnel
) -> Iterator[Step]:
    fallen = list(_fallen_groups(movers))
    blamed = {step.survey.slug for step in fallen if step.survey}
    yield from fallen
    yield from _failures(funnel)
    yield from _fallen_surveys([line for line in scores if line.survey.slug not in blamed])
    # Who does not answer is not in the figures, and may think otherwise than those who do.
    yield from (Step(rule=Rule.GROUP_SILENT, group=one.group) for one in silent[:1])


def _fallen_groups(movers: Sequence[Mover]) -> Iterator[Step]:
    """A group that clearly got worse is where to look: its low answers are few enough to read, and say why.

    One group a survey, the surest: a team and its agent are one trouble.
    """
    named = set[str]()
    for mover in movers:
        if not mover.better and mover.low and mover.survey.slug not in named:
            named.add(mover.survey.slug)
            yield Step(rule=Rule.GROUP_FELL, survey=mover.survey, group=mover.group, n=mover.low)


def _failures(funnel: Funnel) -> Iterator[Step]:
    """Questions that do not arrive are missing from every figure, and one setting may mend them all."""
    failed = sum(funnel.failed.values())
    if failed >= max(FEWEST_FAILED, FAILED_SHARE * funnel.asked):
        main = max(sorted(funnel.failed), key=lambda reason: funnel.failed[reason])
        yield Step(rule=Rule.DELIVERY_FAILS, n=failed, reason=main)


def _fallen_surveys(unexplained: Sequence[ScoreLine]) -> Iterator[Step]:
    """Without a group to name, all low answers are to be read: of what clearly fell, then of what misses its goal.

    A goal that lies beyond the whole likely range is missed by more than chance.
    """
    fell = [line for line in unexplained if line.change.verdict is Verdict.REAL and not line.better and line.low]
    missed = [line for line in unexplained if goal_missed(line.survey, line.figure) and line.low and line not in fell]
    yield from (Step(rule=Rule.SURVEY_FELL, survey=line.survey, n=line.low) for line in fell)
    yield from (Step(rule=Rule.GOAL_MISSED, survey=line.survey, n=line.low) for line in missed)


def _few(scores: Sequence[ScoreLine]) -> Iterator[Step]:
    """With too few answers in every survey no change can be told from chance: more people have to be asked.

    Where only the week before had too few, enough are asked by now.
    """
    if scores and all(line.change.verdict is Verdict.FEW and line.figure.n < MIN_ANSWERS for line in scores):
        yield Step(rule=Rule.TOO_FEW)


def _praise(scores: Sequence[ScoreLine], movers: Sequence[Mover]) -> Iterator[Step]:
    """What clearly got better was done by somebody: they want to hear so, and others can learn it."""
    yield from (Step(rule=Rule.GROUP_ROSE, survey=one.survey, group=one.group) for one in movers if one.better)
    for line in scores:
        if line.change.verdict is Verdict.REAL and line.better:
            yield Step(rule=Rule.SURVEY_ROSE, survey=line.survey)


def goal_missed(survey: Survey, figure: Figure) -> bool:
    """Does the whole likely range lie on the wrong side of the owner's goal?"""
    if survey.goal is None or figure.interval is None:
        return False
    ends = (figure.interval.low, figure.interval.high)
    return all(is_better(survey, survey.goal - end) for end in ends)
