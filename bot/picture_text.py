"""What a picture shows, in words: its figures beside the lines, and the text for those who do not see it."""

from bot.pictures import Distribution, Note, Picture, Point, Trend, Unit
from bot.scoring import Interval, rounded
from bot.texts import Texts

NO_VALUE = "\u2013"


def written(value: float | None, unit: Unit, texts: Texts) -> str:
    """A figure as it stands beside its line: 80 %, 31, 5.4, or a dash."""
    found = rounded(value, unit.places)
    if found is None:
        return NO_VALUE
    return texts.percent(found) if unit is Unit.PERCENT else texts.number(found, unit.places)


def written_goal(goal: float, unit: Unit, texts: Texts) -> str:
    """An owner's goal with as many decimals as it has, at most two."""
    places = next((p for p in (unit.places, 1, 2) if rounded(goal, p) == goal), 2)
    return texts.percent(goal, places) if unit is Unit.PERCENT else texts.number(goal, places)


def ends(interval: Interval, unit: Unit, texts: Texts) -> str:
    """The interval with a dash, or with `to` below 0: a dash beside a minus sign cannot be read."""
    low, high = (rounded(end, unit.places) or 0.0 for end in (interval.low, interval.high))
    words = texts("{low} to {high}") if low < 0 else "{low}\u2013{high}"
    return words.format(low=texts.number(low, unit.places), high=texts.number(high, unit.places))


def alt_text(picture: Picture, texts: Texts) -> str:
    """The figures of the picture as sentences, a paragraph for each trend or distribution and one for the notes."""
    parts = [f"{_flat(picture.title)}."]
    parts += [_trend(trend, texts) for trend in picture.trends]
    parts += [_distribution(found, texts) for found in picture.distributions]
    notes = [note_words(note, texts) for note in picture.dated]
    if notes:
        parts.append(texts("Notes: {notes}.").format(notes="; ".join(notes)))
    return "\n".join((*parts, *([no_room] if (no_room := no_room_words(picture, texts)) else [])))


def no_room_words(picture: Picture, texts: Texts) -> str:
    """That older notes of these weeks are not marked; empty where all are."""
    older = picture.undated
    return (
        texts.plural("{n} older note has no room here.", "{n} older notes have no room here.", older) if older else ""
    )


def note_words(note: Note, texts: Texts) -> str:
    """12 Oct: new invoice layout."""
    day, words = texts.short_date(note.day), _flat(note.text)
    return texts("{day}: {words}").replace("{day}", day).replace("{words}", words)


def _flat(words: str) -> str:
    return " ".join(words.split())


def _trend(trend: Trend, texts: Texts) -> str:
    sentences = [f"{_flat(trend.title)} ({trend.axis}), {_weeks(trend, texts)}."]
    answered = trend.answered
    if not answered:
        sentences.append(texts("Nobody answered."))
    elif len(answered) == 1:
        sentences.append(texts("The only figure: {point}.").format(point=_point(answered[0], trend, texts)))
    else:
        first, last = _point(answered[0], trend, texts), _point(answered[-1], trend, texts)
        sentences.append(texts("First {first}; last {last}.").format(first=first, last=last))
        sentences.append(_extremes(trend, texts))
    sentences += [_goal(trend, texts), _empty(trend, texts), _few(trend, texts), _changed(trend, texts)]
    return " ".join(sentence for sentence in sentences if sentence)


def _weeks(trend: Trend, texts: Texts) -> str:
    first, last = trend.points[0].week, trend.points[-1].week
    if first == last:
        return texts("week {number} of {year}").format(number=first.number, year=first.year)
    if first.year == last.year:
        words = texts("weeks {first}\u2013{last} of {year}")
        return words.format(first=first.number, last=last.number, year=first.year)
    words = texts("week {first} of {year} to week {last} of {next_year}")
    return words.format(first=first.number, year=first.year, last=last.number, next_year=last.year)


def _point(point: Point, trend: Trend, texts: Texts) -> str:
    """`point` has a value."""
    value = written(point.value, trend.unit, texts)
    answers = texts.plural("{n} answer", "{n} answers", point.n)
    if point.interval is None:
        return texts("{value} in week {week} ({answers})").format(value=value, week=point.week.number, answers=answers)
    words = texts("{value} in week {week} (likely {interval}, {answers})")
    interval = ends(point.interval, trend.unit, texts)
    return words.format(value=value, week=point.week.number, interval=interval, answers=answers)


def _extremes(trend: Trend, texts: Texts) -> str:
    """The lowest and the highest week, the earlier of equal ones; where all are equal there is nothing to say."""
    valued = [(point.value, point.week.number) for point in trend.points if point.value is not None]
    (low, low_week), (high, high_week) = min(valued, key=lambda v: v[0]), max(valued, key=lambda v: v[0])
    if low == high:
        return ""
    words = texts("Lowest {low} in week {low_week}, highest {high} in week {high_week}.")
    shown = {"low": written(low, trend.unit, texts), "high": written(high, trend.unit, texts)}
    return words.format(low_week=low_week, high_week=high_week, **shown)


def _goal(trend: Trend, texts: Texts) -> str:
    """The distance is from the last figure as it is shown; what is short of the goal never counts as reached."""
    if trend.goal is None:
        return ""
    goal = written_goal(trend.goal, trend.unit, texts)
    last = trend.answered[-1].value if trend.answered else None
    shown = rounded(last, trend.unit.places)
    if last is None or shown is None:
        return texts("Goal {goal}.").format(goal=goal)
    off = rounded(shown - trend.goal, 1) or 0.0
    if off:
        below, above = texts("Goal {goal}; the last is {n} below it."), texts("Goal {goal}; the last is {n} above it.")
        number = texts.number(abs(off), 0 if off == int(off) else 1)
        return (below if off < 0 else above).format(goal=goal, n=number)
    if last == trend.goal:
        return texts("Goal {goal}; the last is at it.").format(goal=goal)
    below, above = texts("Goal {goal}; the last is just below it."), texts("Goal {goal}; the last is just above it.")
    return (below if last < trend.goal else above).format(goal=goal)


def _empty(trend: Trend, texts: Texts) -> str:
    weeks = [str(point.week.number) for point in trend.points if point.value is None]
    if not weeks or not trend.answered:
        return ""
    return texts.plural(
        "No answers in week {weeks}.", "No answers in weeks {weeks}.", len(weeks), weeks=", ".join(weeks)
    )


def _few(trend: Trend, texts: Texts) -> str:
    weeks = [str(point.week.number) for point in trend.points if point.few]
    if not weeks:
        return ""
    return texts.plural(
        "Too few answers in week {weeks}.", "Too few answers in weeks {weeks}.", len(weeks), weeks=", ".join(weeks)
    )


def _changed(trend: Trend, texts: Texts) -> str:
    weeks = [str(point.week.number) for point in trend.points if point.week in trend.changed]
    if not weeks:
        return ""
    return texts.plural(
        "The wording or the scale changed in week {weeks}.",
        "The wording or the scale changed in weeks {weeks}.",
        len(weeks),
        weeks=", ".join(weeks),
    )


def _distribution(found: Distribution, texts: Texts) -> str:
    if not found.n:
        return f"{_flat(found.title)}. {texts('Nobody answered.')}"
    return ". ".join(distribution_lines(found, texts))


def distribution_lines(found: Distribution, texts: Texts) -> list[str]:
    """The survey with its answers, those by band, and those by score."""
    bands = [
        f"{share.name}: {texts.number(share.n)} ({written(share.percent, Unit.PERCENT, texts)})"
        for share in found.bands
    ]
    counts = [f"{texts.number(score)}: {texts.number(count)}" for score, count in found.counts]
    by_score = texts("By score: {counts}.").format(counts=", ".join(counts))
    return [f"{_flat(found.title)}, {found.axis}", ", ".join(bands), by_score]
