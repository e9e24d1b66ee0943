"""What stands behind the weekly message, for whoever asks for it: groups, twelve weeks, the reasons of the verdicts."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.scoring import Histogram, rounded, text_digits
from bot.spans import Day, Every, Span, every_of
from bot.summary import GroupLine, ScoreLine, Summary, told
from bot.summary_text.figure import figure_words, likely, valued
from bot.summary_text.names import group_words, label
from bot.summary_text.scores import change_words, changed_version, left_out, signed, verdict_words
from bot.summary_text.spans import named
from bot.surveys import Survey
from bot.texts import Texts
from bot.texts.definitions_of_spans import BOTH_VALUES, RULE
from bot.trends import ALPHA, MIN_ANSWERS, Change, Verdict
from bot.weeks import Week

CHANGED: Final = "*"
MOST_GROUPS: Final = 40  # of a survey: hundreds would be a dozen messages; `pulssi kpi --by` has them all
_LEAST_P: Final = 0.001


def group_details(summary: Summary, dimension: str, texts: Texts) -> list[str]:
    """By survey, each group's figure with its change, the largest first."""
    lines: list[str] = []
    for line in summary.scores:
        groups = [one for one in summary.groups if _is_of(one, line, dimension)]
        if groups:
            lines += [label(line.survey, texts), *(_group_line(one, texts) for one in groups[:MOST_GROUPS])]
            lines += _more(len(groups[MOST_GROUPS:]), texts)
    if lines and dimension != "agent" and not summary.edition.agents:
        lines.append(texts("What one or two agents serve is left out: it would be their own figure."))
    return lines


def _more(n: int, texts: Texts) -> list[str]:
    return [texts.plural("And {n} more group.", "And {n} more groups.", n)] if n else []


def _is_of(one: GroupLine, line: ScoreLine, dimension: str) -> bool:
    return (one.survey.slug, one.group.dimension) == (line.survey.slug, dimension)


def _group_line(one: GroupLine, texts: Texts) -> str:
    name = " ".join(one.group.key.split())
    change = _change_words(one, texts)
    return " · ".join(part for part in (name, figure_words(one.survey, one.now, texts), change) if part)


def _change_words(one: GroupLine, texts: Texts) -> str:
    """Of a group with few answers this week nothing more is said than that."""
    few = one.change.verdict is Verdict.FEW and one.figure.n < MIN_ANSWERS
    return "" if few else change_words(one.change, text_digits(one.survey.kind), texts)


def week_details(summary: Summary, texts: Texts) -> list[str]:
    """By survey, a line for each of the twelve weeks, the newest first."""
    lines: list[str] = []
    for line in summary.scores:
        weeks = line.by_week(summary.edition.week)
        if any(any(answers.values()) for _, answers in weeks):
            lines += [label(line.survey, texts), *_table(line, weeks, texts)]
    if any(line.changed for line in summary.scores):
        lines.append(
            texts("{sign} From this week on the question has other words or another scale.").format(sign=CHANGED)
        )
    return lines


def _table(line: ScoreLine, weeks: Sequence[tuple[Span, Histogram]], texts: Texts) -> Iterator[str]:
    for week, answers in reversed(weeks):
        sign = CHANGED if week in line.changed else ""
        value = valued(line.survey, answers, texts) or "\u2013"
        yield " · ".join((f"{_row(week, texts)}{sign}", value, texts.number(sum(answers.values()))))


def _row(span: Span, texts: Texts) -> str:
    match span:
        case Week():
            return str(span.number)
        case Day():
            return texts.short_date(span.day)
        case _:
            return named(span, texts)


def reasons(summary: Summary, texts: Texts) -> list[str]:
    """The numbers behind each verdict of the message, and the rule by which it is given (KPI.md)."""
    every = every_of(summary.edition.week)
    lines = [
        _reason(line.survey, label(line.survey, texts), _pair(line), line.change, texts, every)
        for line in summary.scores
    ]
    flagged = [
        words
        for line in summary.scores
        for words in (changed_version(line, texts, every), *left_out(line, texts, every))
    ]
    compared = sum(line.change.p is not None for line in summary.scores)
    moved = [_mover_reason(one, texts, every) for one in _told_groups(summary)]
    if not any(lines):
        return []
    rules = [RULE[every](texts), _correction(compared, texts), _family(summary, texts) if moved else ""]
    return [line for line in (*lines, *flagged, *moved, *rules) if line]


def _pair(line: ScoreLine) -> tuple[Histogram, Histogram]:
    before = line.weeks[-2] if len(line.weeks) > 1 and line.previous is not None else {}
    return line.histogram, before


def _told_groups(summary: Summary) -> list[GroupLine]:
    movers = {(one.survey.slug, one.group) for one in told(summary.movers)}
    return [one for one in summary.groups if (one.survey.slug, one.group) in movers]


def _mover_reason(one: GroupLine, texts: Texts, every: Every) -> str:
    name = f"{label(one.survey, texts)}, {group_words(one.group, texts)}"
    return _reason(one.survey, name, (one.now, one.before), one.change, texts, every)


def _reason(
    survey: Survey, name: str, weeks: tuple[Histogram, Histogram], change: Change, texts: Texts, every: Every
) -> str:
    """Both values, the difference with its likely range, p and the verdict."""
    now, before = (figure_words(survey, answers, texts) for answers in weeks)
    places = text_digits(survey.kind)
    values = BOTH_VALUES[every](texts)
    if change.value is None or not any(weeks[1].values()):
        return f"{name}: {now} · {verdict_words(change.verdict, texts)}" if any(weeks[0].values()) else ""
    told = [values.format(name=name, now=now, before=before)]
    real = change.verdict is Verdict.REAL
    by = signed(change.value, places, texts) if real else texts.signed(rounded(change.value, places) or 0.0, places)
    difference = texts("difference {by}").format(by=by)
    told.append(f"{difference} {likely(change.interval, places, texts)}" if change.interval else difference)
    if change.p is not None:
        told.append(_p_words(change.p, texts))
    verdict = verdict_words(change.verdict, texts)
    if change.verdict is Verdict.NOISE and change.interval is not None and 0 not in change.interval:
        verdict = texts("could be chance after the correction")
    return " · ".join((*told, verdict))


def _p_words(p: float, texts: Texts) -> str:
    return f"p < {texts.decimal(_LEAST_P, 3)}" if p < _LEAST_P else f"p = {texts.decimal(p, 3)}"


def _correction(compared: int, texts: Texts) -> str:
    if compared < 2:  # noqa: PLR2004  # one comparison needs no correction
        return ""
    words = texts(
        "Holm's correction over {n} comparisons: the smallest p has to be at most {level} divided by {n}, the next one "
        "by one less, and so on; at the first that is larger it stops."
    )
    return words.format(n=texts.number(compared), level=texts.number(ALPHA, 2))


def _family(summary: Summary, texts: Texts) -> str:
    words = texts("The groups are corrected among themselves, over {n} comparisons.")
    return words.format(n=texts.number(summary.compared))
