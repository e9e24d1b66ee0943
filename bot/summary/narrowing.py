"""What of a summary a place reads that is limited to a group: everybody's scores with the group's own beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.scoring import Figure, score
from bot.summary.comments import chosen
from bot.summary.findings import Beside, Mover, OpenCases, ScoreLine, Summary
from bot.summary.material import Comment, Funnel, Group, GroupWeek
from bot.summary.movers import told
from bot.summary.next_steps import next_steps
from bot.trends import NO_EARLIER_PERIOD, Change, Verdict, change
from bot.values import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class OfGroup:
    """A group's part of a week: its answers by survey, its own people asked, its comments (oldest first).

    `nameable` is false for a group whose figures would be those of a person or two: it has no figures then.
    """

    group: Group
    weeks: Sequence[GroupWeek] = ()
    funnel: Funnel = field(default_factory=Funnel)
    comments: Sequence[Comment] = ()
    nameable: bool = True
    open_cases: OpenCases | None = None


def narrowed(whole: Summary, part: OfGroup) -> Summary:
    """The summary for a place that is limited to the group. Nobody else's comments, groups or low scores are in it.

    Whether the group changed clearly is judged as among the movers of the whole, in the same family: what is called
    clear in one message is called so in the other.
    """
    group = part.group
    weeks = {one.slug: one for one in part.weeks if one.group == group} if part.nameable else {}
    movers = tuple(one for one in whole.movers if one.group == group and part.nameable)
    clear = {one.survey.slug: one for one in movers}
    lines = tuple(_beside(line, weeks.get(line.survey.slug), clear) if part.nameable else line for line in whole.scores)
    comments = [one for one in part.comments if one.of(group)]
    silent = tuple(one for one in whole.silent if one.group == group and part.nameable)
    funnel = part.funnel if part.nameable else Funnel()
    surveys = {line.survey.slug: line.survey for line in whole.scores}
    return replace(
        whole,
        edition=replace(whole.edition, limit=group),
        scores=lines,
        funnel=funnel,
        comments=chosen(comments, surveys, told(movers), whole.scores),
        movers=movers,
        silent=silent,
        silent_week=whole.silent_week if silent else None,
        # Its response rate was never told here: the people asked are the group's.
        moved=replace(whole.moved, rate_was=None, rate_now=None) if whole.moved and whole.moved.figures else None,
        open_cases=part.open_cases,
        steps=next_steps((), told(movers), silent, funnel, so_far=whole.edition.so_far),
        withheld=not part.nameable,
    )


def _beside(line: ScoreLine, week: GroupWeek | None, clear: Mapping[str, Mover]) -> ScoreLine:
    now = week.now if week is not None else {}
    before = week.before if week is not None and line.previous is not None else {}
    figure = score(line.survey, now)
    return replace(line, beside=Beside(figure, _change(line, figure, clear, change(line.survey, now, before)), now))


def _change(line: ScoreLine, figure: Figure, clear: Mapping[str, Mover], own: Change) -> Change:
    """As among the movers; a group that gave all of a survey's answers is the whole."""
    if not figure.n:
        return NO_EARLIER_PERIOD
    if line.survey.slug in clear:
        return clear[line.survey.slug].change
    if figure == line.figure and own.value == line.change.value:
        return line.change
    return replace(own, verdict=Verdict.NOISE) if own.verdict is Verdict.REAL else own
