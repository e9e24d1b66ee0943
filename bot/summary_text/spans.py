"""Days, weeks and months in words, and the words of a message that depend on which of them it is about."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot.spans import Day, Every, Month, Span
from bot.texts import Texts
from bot.weeks import Week

_Word = Callable[[Texts], str]
MOST_NAMED: Final = 6  # of those that were missed


def title(span: Span, texts: Texts) -> tuple[str, ...]:
    """As it stands in the title: `Week 47` and its days, `Tuesday 17 Nov`, `November 2026`."""
    if isinstance(span, Week):
        return texts("Week {number}").format(number=span.number), texts.span(span.monday, span.sunday)
    return (named(span, texts),)


def named(span: Span, texts: Texts) -> str:
    """At the beginning of a sentence, or after a colon."""
    match span:
        case Week():
            return texts("Week {number}").format(number=span.number)
        case Day():
            return texts.day_title(span.day)
        case Month():
            return texts.month_title(span.first)


def asked_in(span: Span, texts: Texts) -> str:
    if isinstance(span, Week):
        return texts("asked in week {number}").format(number=span.number)
    return texts("asked: {when}").format(when=named(span, texts))


def moved(span: Span, changes: str, texts: Texts) -> str:
    if isinstance(span, Week):
        return texts("Week {week} has moved since it was posted: {changes}.").format(week=span.number, changes=changes)
    words = texts("{when}: these figures have moved since they were posted: {changes}.")
    return words.format(when=named(span, texts), changes=changes)


def missed(spans: Sequence[Span], texts: Texts) -> str:
    """Which were not posted; of many the newest are named."""
    newest = spans[-1]
    if isinstance(newest, Week):
        weeks = ", ".join(str(week.number) for week in spans if isinstance(week, Week))
        return texts.plural(
            "Week {weeks} was not posted, because the service was down. To see it: {command}",
            "Weeks {weeks} were not posted, because the service was down. To see one: {command}",
            len(spans),
            weeks=weeks,
            command=f"pulssi summary --week {newest}",
        )
    more = "… " if len(spans) > MOST_NAMED else ""
    when = more + ", ".join(named(span, texts) for span in spans[-MOST_NAMED:])
    words = texts("Not posted, because the service was down: {when}. To see the newest: {command}")
    return words.format(when=when, command=f"pulssi summary --period {newest}")


NOBODY: Final[Mapping[Every, _Word]] = MappingProxyType(
    {
        Every.DAY: lambda texts: texts("{survey}: nobody answered that day"),
        Every.WEEK: lambda texts: texts("{survey}: nobody answered this week"),
        Every.MONTH: lambda texts: texts("{survey}: nobody answered that month"),
    }
)
RISEN: Final[Mapping[Every, _Word]] = MappingProxyType(
    {
        Every.DAY: lambda texts: texts("Over {weeks} days {survey} has risen clearly: about {by} {likely}."),
        Every.WEEK: lambda texts: texts("Over {weeks} weeks {survey} has risen clearly: about {by} {likely}."),
        Every.MONTH: lambda texts: texts("Over {weeks} months {survey} has risen clearly: about {by} {likely}."),
    }
)
FALLEN: Final[Mapping[Every, _Word]] = MappingProxyType(
    {
        Every.DAY: lambda texts: texts("Over {weeks} days {survey} has fallen clearly: about {by} {likely}."),
        Every.WEEK: lambda texts: texts("Over {weeks} weeks {survey} has fallen clearly: about {by} {likely}."),
        Every.MONTH: lambda texts: texts("Over {weeks} months {survey} has fallen clearly: about {by} {likely}."),
    }
)
REWORDED: Final[Mapping[Every, _Word]] = MappingProxyType(
    {
        Every.DAY: lambda texts: texts("Its wording changed in these days, and the difference may come from that."),
        Every.WEEK: lambda texts: texts("Its wording changed in these weeks, and the difference may come from that."),
        Every.MONTH: lambda texts: texts("Its wording changed in these months, and the difference may come from that."),
    }
)
NOT_COMPARED: Final[Mapping[Every, _Word]] = MappingProxyType(
    {
        Every.DAY: lambda texts: texts(
            "{survey}: its question or scale changed, so it is not compared with the day before."
        ),
        Every.WEEK: lambda texts: texts(
            "{survey}: its question or scale changed, so it is not compared with the week before."
        ),
        Every.MONTH: lambda texts: texts(
            "{survey}: its question or scale changed, so it is not compared with the month before."
        ),
    }
)
APART: Final[Mapping[Every, _Word]] = MappingProxyType(
    {
        Every.DAY: lambda texts: texts(
            "Scores count answers given that day; this line follows the people asked that day."
        ),
        Every.WEEK: lambda texts: texts(
            "Scores count answers given this week; this line follows the people asked this week."
        ),
        Every.MONTH: lambda texts: texts(
            "Scores count answers given that month; this line follows the people asked that month."
        ),
    }
)
TOO_FEW: Final[Mapping[Every, _Word]] = MappingProxyType(
    {
        Every.DAY: lambda texts: texts(
            "Next: ask more customers, or choose a weekly message; with fewer than 10 answers a day nothing can be "
            "compared."
        ),
        Every.WEEK: lambda texts: texts(
            "Next: ask more customers; with fewer than 10 answers a week nothing can be compared."
        ),
        Every.MONTH: lambda texts: texts(
            "Next: ask more customers; with fewer than 10 answers a month nothing can be compared."
        ),
    }
)


def left_out_before(n: int, survey: str, every: Every, texts: Texts) -> str:
    """The answers of the span before that are on another scale."""
    if every is Every.DAY:
        return texts.plural(
            "{survey}: {n} answer of the day before, on another scale, is not counted in the comparison.",
            "{survey}: {n} answers of the day before, on another scale, are not counted in the comparison.",
            n,
            survey=survey,
        )
    if every is Every.MONTH:
        return texts.plural(
            "{survey}: {n} answer of the month before, on another scale, is not counted in the comparison.",
            "{survey}: {n} answers of the month before, on another scale, are not counted in the comparison.",
            n,
            survey=survey,
        )
    return texts.plural(
        "{survey}: {n} answer of the week before, on another scale, is not counted in the comparison.",
        "{survey}: {n} answers of the week before, on another scale, are not counted in the comparison.",
        n,
        survey=survey,
    )
