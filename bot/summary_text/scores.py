"""A survey's line: value, likely range, what it rests on, change with its verdict, goal, and twelve weeks as bars."""

from bot.scoring import rounded, text_digits
from bot.summary import ScoreLine
from bot.summary_text.names import NO_VALUE, label
from bot.surveys import Kind, Survey
from bot.texts import Texts
from bot.trends import Change, Verdict, sparkline

WIDEST_ZOOM = 4  # a sparkline spans at least a quarter of the scale, so that chance does not look like a mountain
FEWEST_BARS = 2
MOST_PLACES = 2


def score_line(line: ScoreLine, texts: Texts) -> str:
    survey, figure = line.survey, line.figure
    value = " ".join(
        part for part in (label(survey, texts), value_words(survey, figure.value, texts), _likely(line, texts)) if part
    )
    answers = texts.plural("{n} answer", "{n} answers", figure.n)
    change = change_words(line.change, text_digits(survey.kind), texts)
    parts = (value, answers, change, _goal(line, texts), _bars(line))
    return " · ".join(part for part in parts if part)


def value_words(survey: Survey, value: float | None, texts: Texts) -> str:
    """The value with its unit, or a dash where nobody answered."""
    found = rounded(value, text_digits(survey.kind))
    if found is None:
        return NO_VALUE
    if survey.kind is Kind.CSAT:
        return texts.percent(found)
    if survey.kind is Kind.CES and survey.scale is not None:
        number = texts.number(found, 1)
        return texts("{value} of {highest}").format(value=number, lowest=survey.scale.low, highest=survey.scale.high)
    return texts.number(found)


def _likely(line: ScoreLine, texts: Texts) -> str:
    places, interval = text_digits(line.survey.kind), line.figure.interval
    if interval is None:
        return ""
    low, high = (rounded(end, places) or 0.0 for end in (interval.low, interval.high))
    # A dash beside a minus sign cannot be read.
    words = texts("(likely {low}\u2013{high})") if low >= 0 else texts("(likely {low} to {high})")
    return words.format(low=texts.number(low, places), high=texts.number(high, places))


def change_words(change: Change, places: int, texts: Texts) -> str:
    """The difference and what may be said of it."""
    words = verdict_words(change.verdict, texts)
    if change.value is None:
        return words
    if change.verdict is Verdict.REAL:
        return f"{signed(change.value, places, texts)}, {words}"
    return f"{texts.signed(rounded(change.value, places) or 0.0, places)}, {words}"


def signed(value: float, places: int, texts: Texts) -> str:
    """A clear difference with as many decimals as it takes to see it: "±0, clear change" would be no sentence."""
    while places < MOST_PLACES and not rounded(value, places):
        places += 1
    return texts.signed(rounded(value, places) or 0.0, places)


def _goal(line: ScoreLine, texts: Texts) -> str:
    """How far the value as it is shown is from the owner's goal; what is short of it never counts as reached."""
    goal, value, places = line.survey.goal, line.figure.value, text_digits(line.survey.kind)
    if goal is None or value is None:
        return ""
    off = rounded((rounded(value, places) or 0.0) - goal, 1) or 0.0
    if not off:
        nearly = (texts("just below your goal"), texts("at your goal"), texts("just above your goal"))
        return nearly[1 + (value > goal) - (value < goal)]
    words = texts("{n} below your goal") if off < 0 else texts("{n} above your goal")
    return words.format(n=texts.number(abs(off), 0 if off == int(off) else 1))


def course_line(line: ScoreLine, texts: Texts) -> str:
    """Where the figure goes over the weeks; said only when it is clear."""
    course = line.course
    if course is None or course.verdict is not Verdict.REAL:
        return ""
    rises = texts("Over {weeks} weeks: {survey} rises clearly, {by} in all.")
    falls = texts("Over {weeks} weeks: {survey} falls clearly, {by} in all.")
    by = signed(course.total, text_digits(line.survey.kind), texts)
    words = rises if course.per_week > 0 else falls
    return words.format(weeks=course.span, survey=label(line.survey, texts), by=by)


def verdict_words(verdict: Verdict | None, texts: Texts) -> str:
    """The verdict as KPI.md words it; `None` is the lack of an earlier period."""
    match verdict:
        case Verdict.REAL:
            return texts("clear change")
        case Verdict.NOISE:
            return texts("could be chance")
        case Verdict.FEW:
            return texts("too few answers")
        case None:
            return texts("no comparison yet")


def _bars(line: ScoreLine) -> str:
    values = [value for value in line.line if value is not None]
    if len(values) < FEWEST_BARS:
        return ""
    return sparkline(line.line, *_window(values, *line.survey.figure_range))


def _window(values: list[float], lowest: float, highest: float) -> tuple[float, float]:
    """The part of the scale that the bars show: the values in its middle, as far as the ends of the scale allow."""
    wide = max(max(values) - min(values), (highest - lowest) / WIDEST_ZOOM)
    low = (max(values) + min(values) - wide) / 2
    low = min(max(low, lowest), highest - wide)
    return low, low + wide


def changed_version(line: ScoreLine, texts: Texts) -> str:
    if line.previous is None:
        words = texts("{survey}: its question or scale changed, so it is not compared with the week before.")
    else:
        words = texts("{survey}: its wording changed, and part of the change may come from that.")
    return words.format(survey=label(line.survey, texts))


def left_out(line: ScoreLine, texts: Texts) -> str:
    return texts.plural(
        "{survey}: {n} answer on another scale is not counted in it.",
        "{survey}: {n} answers on another scale are not counted in it.",
        line.left_out,
        survey=label(line.survey, texts),
    )
