"""The weekly summary in words that claim no more than its figures."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from bot.prompts import Prompt, PromptKind
from bot.scoring import Figure, rounded
from bot.summary import Comment, Edition, Funnel, ScoreLine, Summary
from bot.surveys import Direction, Kind, Survey
from bot.texts import Texts
from bot.texts.reasons import counted
from bot.trends import Change, Verdict, sparkline

LONGEST_COMMENT = 240
WIDEST_ZOOM = 4  # a sparkline spans at least a quarter of the scale, so that chance does not look like a mountain
FEWEST_BARS = 2
MOST_PLACES = 2
NO_VALUE = "\u2013"


def to_prompt(summary: Summary, texts: Texts) -> Prompt:
    """The message to the owner: title, then one line per statement, and an empty one between what belongs together.

    Names of agents are not in it (ARCHITECTURE.md).
    """
    body = [[_nobody(texts)]] if summary.empty else _body(summary, texts)
    blocks = [block for block in (_circumstances(summary.edition, texts), *body) if block]
    lines = tuple(line for block in blocks for line in ("", *block))[1:]
    return Prompt(PromptKind.SUMMARY, texts.locale, title=_title(summary.edition, texts), lines=lines)


def _title(edition: Edition, texts: Texts) -> str:
    marks = (
        (edition.sample, texts("Sample")),
        (edition.preview, texts("Preview")),
        (edition.resent, texts("Sent again")),
    )
    week = texts("Week {number}").format(number=edition.week.number)
    days = texts.span(edition.week.monday, edition.week.sunday)
    time = texts("{city} time").format(city=texts.city(edition.timezone))
    so_far = (texts("so far"),) if edition.so_far else ()
    return " · ".join((*(word for on, word in marks if on), week, days, time, *so_far))


def _nobody(texts: Texts) -> str:
    return texts(
        "Nobody was asked. /survey in a chat or a ticket closed on the staff desk asks the first customer; "
        "the API does it too, and pulssi ask from the command line."
    )


def _circumstances(edition: Edition, texts: Texts) -> list[str]:
    said = []
    if edition.late is not None and edition.due is not None:
        late = texts("Posted late, on {day}: the service was down when this was due, {due}. All answers are in.")
        said.append(late.format(day=texts.long_day(edition.late), due=texts.moment(edition.due)))
    elif edition.late is not None:
        late = texts("Posted late, on {day}: the service was down when this was due. All answers are in.")
        said.append(late.format(day=texts.long_day(edition.late)))
    if edition.missed:
        weeks = ", ".join(str(week.number) for week in edition.missed)
        said.append(
            texts.plural(
                "Week {weeks} was not posted, because the service was down. To see it: {command}",
                "Weeks {weeks} were not posted, because the service was down. To see one: {command}",
                len(edition.missed),
                weeks=weeks,
                command=f"pulssi summary --week {edition.missed[-1]}",
            )
        )
    if edition.sample:
        said.append(texts("These are sample figures, made up to show the message."))
    return said


def _body(summary: Summary, texts: Texts) -> list[list[str]]:
    scores = [_score_line(line, texts) for line in summary.scores]
    changed = [_changed_version(line, texts) for line in summary.scores if line.changed_version]
    changed += [_left_out(line, texts) for line in summary.scores if line.left_out]
    funnel = _funnel(summary.funnel, summary.edition.response_settled, texts)
    comments = [comment_line(comment, texts) for comment in summary.comments]
    blocks = ([headline(summary.scores, texts)], [*scores, *changed], funnel, comments)
    return [[line for line in block if line] for block in blocks]


def headline(scores: Iterable[ScoreLine], texts: Texts) -> str:
    """One sentence per kind of verdict, clear changes first; empty without scores.

    Nothing is said to have held: a change that is not shown is not shown to be absent (KPI.md).
    """
    lines = tuple(scores)
    clear = [_moved(line, lines, texts) for line in lines if line.change.verdict is Verdict.REAL]
    groups: tuple[tuple[Verdict | None, str], ...] = (
        (Verdict.NOISE, texts("No clear change in {names}.")),
        (Verdict.FEW, texts("Too few answers to compare {names}.")),
        (None, texts("Nothing to compare with yet for {names}.")),
    )
    rest = []
    for verdict, sentence in groups:
        names = [_name(line.survey, lines, texts) for line in lines if line.change.verdict is verdict]
        if names:
            rest.append(sentence.format(names=texts.listed(names)))
    return " ".join((*clear, *rest))


def _measure(survey: Survey) -> str:
    """The kind, where an effort scale is another measure than a scale of ease."""
    return "effort" if survey.kind is Kind.CES and survey.direction is Direction.LOWER else survey.kind.value


_Word = Callable[[Texts], str]
_LABELS: Mapping[str, _Word] = MappingProxyType(
    {
        "csat": lambda texts: texts("CSAT"),
        "nps": lambda texts: texts("NPS"),
        "ces": lambda texts: texts("CES"),
        "effort": lambda texts: texts("CES (lower is better)"),
    }
)
_NAMES: Mapping[str, _Word] = MappingProxyType(
    {
        "csat": lambda texts: texts("satisfaction"),
        "nps": lambda texts: texts("recommendation"),
        "ces": lambda texts: texts("ease"),
        "effort": lambda texts: texts("effort"),
    }
)
_RISES: Mapping[str, _Word] = MappingProxyType(
    {
        "csat": lambda texts: texts("Satisfaction rose clearly."),
        "nps": lambda texts: texts("Recommendation rose clearly."),
        "ces": lambda texts: texts("Ease rose clearly."),
        "effort": lambda texts: texts("Effort rose clearly."),
    }
)
_FALLS: Mapping[str, _Word] = MappingProxyType(
    {
        "csat": lambda texts: texts("Satisfaction fell clearly."),
        "nps": lambda texts: texts("Recommendation fell clearly."),
        "ces": lambda texts: texts("Ease fell clearly."),
        "effort": lambda texts: texts("Effort fell clearly."),
    }
)


def _moved(line: ScoreLine, lines: tuple[ScoreLine, ...], texts: Texts) -> str:
    words = _RISES if (line.change.value or 0) > 0 else _FALLS
    sentence = words[_measure(line.survey)](texts)
    return f"{line.survey.slug}: {sentence}" if _has_twin(line.survey, lines) else sentence


def _name(survey: Survey, lines: tuple[ScoreLine, ...], texts: Texts) -> str:
    name = _NAMES[_measure(survey)](texts)
    return f"{name} ({survey.slug})" if _has_twin(survey, lines) else name


def _has_twin(survey: Survey, lines: tuple[ScoreLine, ...]) -> bool:
    return sum(_measure(line.survey) == _measure(survey) for line in lines) > 1


def _label(survey: Survey, texts: Texts) -> str:
    label = _LABELS[_measure(survey)](texts)
    return label if survey.slug == survey.kind.value else f"{label}, {survey.slug}"


def _score_line(line: ScoreLine, texts: Texts) -> str:
    figure = line.figure
    value = " ".join(part for part in (_label(line.survey, texts), _value(line, texts), _likely(line, texts)) if part)
    answers = texts.plural("{n} answer", "{n} answers", figure.n)
    parts = (value, answers, _change(line.change, _places(line.survey), texts), _bars(line))
    return " · ".join(part for part in parts if part)


def _places(survey: Survey) -> int:
    """Decimals in the text: none but for the short scale of CES."""
    return 1 if survey.kind is Kind.CES else 0


def _value(line: ScoreLine, texts: Texts) -> str:
    survey, found = line.survey, rounded(line.figure.value, _places(line.survey))
    if found is None:
        return NO_VALUE
    if survey.kind is Kind.CSAT:
        return texts.percent(found)
    if survey.kind is Kind.CES and survey.scale is not None:
        value = texts.number(found, 1)
        return texts("{value} of {highest}").format(value=value, lowest=survey.scale.low, highest=survey.scale.high)
    return texts.number(found)


def _likely(line: ScoreLine, texts: Texts) -> str:
    places, interval = _places(line.survey), line.figure.interval
    if interval is None:
        return ""
    low, high = (rounded(end, places) or 0.0 for end in (interval.low, interval.high))
    # A dash beside a minus sign cannot be read.
    words = texts("(likely {low}\u2013{high})") if low >= 0 else texts("(likely {low} to {high})")
    return words.format(low=texts.number(low, places), high=texts.number(high, places))


def _change(change: Change, places: int, texts: Texts) -> str:
    words = verdict_words(change.verdict, texts)
    if change.value is None:
        return words
    # "±0, clear change" would be no sentence.
    while change.verdict is Verdict.REAL and places < MOST_PLACES and not rounded(change.value, places):
        places += 1
    return f"{texts.signed(rounded(change.value, places) or 0.0, places)}, {words}"


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
    return sparkline(line.line, *_window(values, *_range(line.survey)))


def _range(survey: Survey) -> tuple[float, float]:
    if survey.kind is Kind.NPS:
        return -100.0, 100.0
    if survey.kind is Kind.CES and survey.scale is not None:
        return float(survey.scale.low), float(survey.scale.high)
    return 0.0, 100.0


def _window(values: list[float], lowest: float, highest: float) -> tuple[float, float]:
    """The part of the scale that the bars show: the values in its middle, as far as the ends of the scale allow."""
    wide = max(max(values) - min(values), (highest - lowest) / WIDEST_ZOOM)
    low = (max(values) + min(values) - wide) / 2
    low = min(max(low, lowest), highest - wide)
    return low, low + wide


def _changed_version(line: ScoreLine, texts: Texts) -> str:
    if line.previous is None:
        words = texts("{survey}: its question or scale changed, so it is not compared with the week before.")
    else:
        words = texts("{survey}: its wording changed, and part of the change may come from that.")
    return words.format(survey=_label(line.survey, texts))


def _left_out(line: ScoreLine, texts: Texts) -> str:
    return texts.plural(
        "{survey}: {n} answer on another scale is not counted in it.",
        "{survey}: {n} answers on another scale are not counted in it.",
        line.left_out,
        survey=_label(line.survey, texts),
    )


def _funnel(funnel: Funnel, settled: bool, texts: Texts) -> list[str]:
    answered = texts("answered {n}").format(n=texts.number(funnel.answered))
    steps = (
        texts("Considered {n}").format(n=texts.number(funnel.considered)),
        texts("asked {n}").format(n=texts.number(funnel.asked)),
        texts("delivered {n}").format(n=texts.number(funnel.delivered)),
        answered + _rate(funnel.response_rate, settled, texts),
        texts("wrote {n}").format(n=texts.number(funnel.commented)),
    )
    waiting = texts("Still on their way: {n}.").format(n=texts.number(funnel.pending)) if funnel.pending else ""
    rest = (
        _reasons(texts("Not asked {n}: {reasons}."), funnel.suppressed, texts),
        _reasons(texts("Failed {n}: {reasons}."), funnel.failed, texts),
        waiting,
    )
    return [
        " ".join(part for part in (" → ".join(steps) + ".", *rest) if part),
        texts("Scores count answers given this week; this line follows the people asked this week."),
    ]


def _rate(figure: Figure, settled: bool, texts: Texts) -> str:
    value = rounded(figure.value, 0)
    if value is None:
        return ""
    share = texts.percent(value)
    return f" ({share})" if settled else f" ({texts('{share} so far').format(share=share)})"


def _reasons(sentence: str, counts: Mapping[str, int], texts: Texts) -> str:
    found = sorted(((n, reason) for reason, n in counts.items() if n), key=lambda item: (-item[0], item[1]))
    total = sum(n for n, _ in found)
    words = [counted(reason, texts) for _, reason in found]
    if len(found) > 1:
        words = [f"{word} {texts.number(n)}" for word, (n, _) in zip(words, found, strict=True)]
    return sentence.format(n=texts.number(total), reasons=", ".join(words)) if found else ""


def comment_line(comment: Comment, texts: Texts) -> str:
    """The line of the message that quotes the comment; without the words it has to go (`storage.quotes`)."""
    words = texts("“{words}”").replace("{words}", _short(comment.text))
    score = ""
    if comment.score is not None and comment.highest is not None:
        score = texts("{score} of {highest}").format(score=comment.score, highest=comment.highest, lowest="")
    return " · ".join(part for part in (words, score, comment.team, comment.ticket, texts.weekday(comment.day)) if part)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_COMMENT else flat[: LONGEST_COMMENT - 1].rstrip() + "…"
