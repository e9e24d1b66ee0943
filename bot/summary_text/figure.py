"""One figure in words: its value, its likely range, what it rests on."""

from bot.scoring import Figure, Histogram, Interval, rounded, score, text_digits
from bot.summary_text.scores import value_words
from bot.surveys import Kind, Survey
from bot.texts import Texts
from bot.trends import MIN_ANSWERS


def figure_words(survey: Survey, answers: Histogram, texts: Texts) -> str:
    """`80 % (likely 74\u201385) · 200 answers`; a few answers are named as few (KPI.md)."""
    figure = score(survey, answers)
    value = valued(survey, answers, texts)
    told = " · ".join(part for part in (value, texts.plural("{n} answer", "{n} answers", figure.n)) if part)
    return f"{told} · {texts('too few answers')}" if 0 < figure.n < MIN_ANSWERS else told


def valued(survey: Survey, answers: Histogram, texts: Texts) -> str:
    """The value with its likely range; empty where nobody answered."""
    figure = score(survey, answers)
    if figure.value is None:
        return ""
    return " ".join(
        part for part in (value_words(survey, figure.value, texts), _likely(survey, figure, answers, texts)) if part
    )


def _likely(survey: Survey, figure: Figure, answers: Histogram, texts: Texts) -> str:
    given = [found for found, n in answers.items() if n]
    if survey.kind is Kind.CES and len(given) == 1:
        # A mean without spread has a range without width, which would look surer than answers can be.
        if figure.n == 1:
            return ""
        words = texts("(all {n} answers {score})")
        return words.format(n=texts.number(figure.n), score=texts.number(given[0]))
    return "" if figure.interval is None else likely(figure.interval, text_digits(survey.kind), texts)


def likely(interval: Interval, places: int, texts: Texts) -> str:
    """The interval in plain words, in brackets."""
    low, high = (rounded(end, places) or 0.0 for end in (interval.low, interval.high))
    # A dash beside a minus sign cannot be read.
    words = texts("(likely {low}\u2013{high})") if low >= 0 else texts("(likely {low} to {high})")
    return words.format(low=texts.number(low, places), high=texts.number(high, places))
