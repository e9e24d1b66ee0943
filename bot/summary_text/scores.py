"""A survey's line: value, likely range, what it rests on, change with its verdict, goal, and twelve weeks as bars."""

from bot.scoring import Interval, rounded, text_digits
from bot.spans import Every
from bot.summary import Beside, ScoreLine
from bot.summary_text.names import NO_VALUE, label, short
from bot.summary_text.spans import FALLEN, NOBODY, NOT_COMPARED, REWORDED, RISEN, left_out_before
from bot.surveys import Kind, Survey
from bot.texts import Texts
from bot.trends import Change, Verdict, sparkline

WIDEST_ZOOM = 4  # a sparkline spans at least a quarter of the scale, so that chance does not look like a mountain
FEWEST_BARS = 2
MOST_PLACES = 2


def score_line(line: ScoreLine, texts: Texts, every: Every = Every.WEEK) -> str:
    survey, figure = line.survey, line.figure
    if line.stopped:
        return NOBODY[every](texts).format(survey=label(survey, texts))
    value = " ".join(
        part
        for part in (label(survey, texts), value_words(survey, figure.value, texts), _likely_of(survey, line, texts))
        if part
    )
    answers = texts.plural("{n} answer", "{n} answers", figure.n)
    change = change_words(line.change, text_digits(survey.kind), texts)
    parts = (value, answers, change, _goal(line, texts), _bars(line))
    return " · ".join(part for part in parts if part)


def beside_line(survey: Survey, beside: Beside, group: str, texts: Texts, every: Every = Every.WEEK) -> str:
    """The group's own figure, under the whole's."""
    figure = beside.figure
    if not figure.n:
        return NOBODY[every](texts).format(survey=group)
    value = " ".join(
        part
        for part in (f"{group} {value_words(survey, figure.value, texts)}", _likely_of(survey, beside, texts))
        if part
    )
    answers = texts.plural("{n} answer", "{n} answers", figure.n)
    return " · ".join((value, answers, change_words(beside.change, text_digits(survey.kind), texts)))


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


def _likely_of(survey: Survey, shown: ScoreLine | Beside, texts: Texts) -> str:
    places, interval = text_digits(survey.kind), shown.figure.interval
    if survey.kind is Kind.CES and shown.unanimous is not None:
        # A mean without spread has a range without width, which would look surer than answers can be.
        words = texts("(all {n} answers {score})")
        return words.format(n=texts.number(shown.figure.n), score=texts.number(shown.unanimous))
    return "" if interval is None else _range(interval, places, texts)


def _range(interval: Interval, places: int, texts: Texts) -> str:
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


def course_line(line: ScoreLine, texts: Texts, every: Every = Every.WEEK) -> str:
    """Where the figure goes over the weeks; said only when it is clear."""
    course = line.course
    if course is None or course.verdict is not Verdict.REAL:
        return ""
    words = (RISEN if course.per_week > 0 else FALLEN)[every](texts)
    interval, places = course.total_interval, text_digits(line.survey.kind)
    while places < MOST_PLACES and not all(rounded(end, places) for end in (interval.low, interval.high)):
        places += 1  # a clear course leaves out 0, also as it is shown
    by = texts.signed(rounded(course.total, places) or 0.0, places)
    likely = _range(interval, places, texts)
    told = words.format(weeks=course.span, survey=short(line.survey), by=by, likely=likely)
    return f"{told} {REWORDED[every](texts)}" if course.changed_wording else told


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


def changed_version(line: ScoreLine, texts: Texts, every: Every = Every.WEEK) -> str:
    """What a new version does to the comparison with the week before; empty where it does nothing to it."""
    if line.changed_scale and line.previous is None:
        words = NOT_COMPARED[every](texts)
    elif line.changed_wording and line.previous is not None:
        words = texts("{survey}: its wording changed, and a difference may come from that.")
    else:
        return ""
    return words.format(survey=label(line.survey, texts))


def left_out(line: ScoreLine, texts: Texts, every: Every = Every.WEEK) -> list[str]:
    """The answers of this week and of the last that are on another scale."""
    survey = label(line.survey, texts)
    this = texts.plural(
        "{survey}: {n} answer on another scale is not counted in it.",
        "{survey}: {n} answers on another scale are not counted in it.",
        line.left_out,
        survey=survey,
    )
    last = left_out_before(line.left_out_before, survey, every, texts)
    return [words for words, n in ((this, line.left_out), (last, line.left_out_before)) if n]
