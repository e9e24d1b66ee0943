"""What a figure was before and after a dated note: the comparison as a value, and its words."""

from dataclasses import dataclass
from datetime import date

from bot.errors import WrongUse
from bot.picture_text import ends, note_words
from bot.pictures import Note, unit
from bot.scoring import Figure, Histogram, score, text_digits
from bot.summary_text.names import label
from bot.summary_text.scores import change_words, value_words
from bot.surveys import Survey
from bot.texts import Texts
from bot.trends import Change, change


@dataclass(frozen=True, slots=True)
class Stretch:
    """Local days, both ends included, with the survey's answers by score."""

    first: date
    last: date
    histogram: Histogram

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise WrongUse(f"A stretch of days ends on {self.last}, before it begins on {self.first}.")


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """A survey's figure in the days before a note and from its day on; `change` is after minus before, unrounded."""

    note: Note
    survey: Survey
    before: Stretch
    after: Stretch
    figures: tuple[Figure, Figure]
    change: Change


def before_after(note: Note, survey: Survey, before: Stretch, after: Stretch) -> BeforeAfter:
    """Compares the two, with the interval of the difference; `WrongUse` where the day of the note is not between them.

    The day itself belongs to what came after. An open survey has no figure and raises `WrongUse` too, as does a score
    off the scale `BadScore`. The verdict is of this comparison alone: whoever shows many together corrects them.
    """
    unit(survey)
    if not before.last < note.day <= after.first:
        raise WrongUse(
            f"The note of {note.day} does not part {before.first} to {before.last} from {after.first} to {after.last}."
        )
    figures = score(survey, before.histogram), score(survey, after.histogram)
    return BeforeAfter(note, survey, before, after, figures, change(survey, after.histogram, before.histogram))


def comparison_words(found: BeforeAfter, texts: Texts) -> tuple[str, ...]:
    """The note, the figure on both sides and the difference; no line says that the note is the cause."""
    was, now = found.figures
    return (
        note_words(found.note, texts),
        texts("Before: {figure}").format(figure=_side(found.survey, found.before, was, texts)),
        texts("After: {figure}").format(figure=_side(found.survey, found.after, now, texts)),
        _difference(found, texts),
        texts("Whatever else changed in these weeks is in the difference too."),
    )


def _side(survey: Survey, stretch: Stretch, figure: Figure, texts: Texts) -> str:
    value = f"{label(survey, texts)} {value_words(survey, figure.value, texts)}"
    if figure.interval is not None:
        likely = texts("likely {interval}").format(interval=ends(figure.interval, unit(survey), texts))
        value = f"{value} ({likely})"
    answers = texts.plural("{n} answer", "{n} answers", figure.n)
    return f"{value} · {answers} · {texts.span(stretch.first, stretch.last)}"


def _difference(found: BeforeAfter, texts: Texts) -> str:
    words = change_words(found.change, text_digits(found.survey.kind), texts)
    if found.change.interval is None:
        return texts("Difference: {change}").format(change=words)
    interval = ends(found.change.interval, unit(found.survey), texts)
    return texts("Difference: {change} (likely {interval})").format(change=words, interval=interval)
