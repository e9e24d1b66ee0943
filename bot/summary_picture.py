"""The pictures of a weekly summary: the figures over twelve weeks, and how often each score was given."""

from collections.abc import Iterable

from bot.picture_text import distribution_lines
from bot.pictures import Distribution, Note, Picture, Trend, distribution, trend
from bot.summary import ScoreLine, Summary
from bot.summary_text import Detail, label_of, span_title
from bot.summary_text.names import label
from bot.texts import Texts
from bot.weeks import Week

MOST_SURVEYS = 6  # a phone shows about two at a time, and Telegram takes some fourteen
FEWEST_WEEKS = 2  # with a value; one dot shows nothing that the words do not say


def trend_picture(summary: Summary, texts: Texts, notes: Iterable[Note] = ()) -> Picture | None:
    """The first six surveys of the summary over their weeks, with the owner's notes.

    None where no survey has two weeks with a value, for then there is no line to draw, and for days and months, which
    are not drawn yet.
    """
    last = summary.edition.week
    if not isinstance(last, Week):
        return None
    trends = tuple(_trend(line, last, texts) for line in summary.scores if line.weeks)[:MOST_SURVEYS]
    if not any(len(one.answered) >= FEWEST_WEEKS for one in trends):
        return None
    count = max(len(one.points) for one in trends)
    words = texts.plural("{n} week, to week {week}", "{n} weeks, to week {week}", count, week=str(last.number))
    return Picture(title=_titled(summary, words, texts), trends=trends, notes=tuple(notes))


def distribution_picture(summary: Summary, texts: Texts) -> Picture | None:
    """How often each score was given, of the first six surveys that were answered; None without any."""
    shown = tuple(_distributions(summary, texts)[:MOST_SURVEYS])
    words = (label_of(Detail.SCORES, summary.edition.week, texts), *span_title(summary.edition.week, texts))
    return Picture(title=_titled(summary, " · ".join(words), texts), distributions=shown) if shown else None


def distribution_words(summary: Summary, texts: Texts) -> list[str]:
    """The same of all surveys that were answered, in lines: the survey, its answers by band, and those by score."""
    return [words for found in _distributions(summary, texts) for words in distribution_lines(found, texts)]


def _distributions(summary: Summary, texts: Texts) -> list[Distribution]:
    return [
        distribution(line.survey, line.histogram, label(line.survey, texts), texts)
        for line in summary.scores
        if line.figure.n
    ]


def _trend(line: ScoreLine, last: Week, texts: Texts) -> Trend:
    weeks = [last.minus(back) for back in reversed(range(len(line.weeks)))]
    pairs = list(zip(weeks, line.weeks, strict=True))
    changed = [week for week in line.changed if isinstance(week, Week)]
    return trend(line.survey, pairs, label(line.survey, texts), texts, changed)


def _titled(summary: Summary, words: str, texts: Texts) -> str:
    """A picture is passed on without its message, so what is special stands in it too.

    Where a group's message goes it shows everybody's figures all the same, which nobody could tell.
    """
    edition = summary.edition
    sample = [texts("Sample")] if edition.sample else []
    after = ((edition.limit is not None, texts("everybody's answers")), (edition.so_far, texts("so far")))
    return " · ".join((*sample, words, *(word for on, word in after if on)))
