"""What stands behind every figure, in words: one definition each, wherever it is shown (KPI.md)."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot.spans import Every
from bot.surveys import Direction, Kind, Survey
from bot.texts import Texts
from bot.texts.definitions_of_spans import (
    BARS,
    CHANGE,
    COURSE,
    FUNNEL,
    MOVED,
    MOVERS,
    RESPONSE_RATE,
    SILENT,
    Words,
    everywhere,
)

DEFINITIONS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "likely": everywhere(
            lambda texts: texts(
                "Likely: a 95 % interval. Wilson's for shares, Rocks' adjusted Wald for NPS, Student's t for CES."
            )
        ),
        "change": CHANGE,
        "goal": everywhere(
            lambda texts: texts(
                "Goal: what you set for the survey; the distance is from the value shown. A goal is missed by more "
                "than chance where it lies outside the likely range; this is not corrected."
            )
        ),
        "weeks": BARS,
        "course": COURSE,
        "funnel": FUNNEL,
        "response_rate": RESPONSE_RATE,
        "response_rate_of_days": everywhere(
            lambda texts: texts("Response rate: answered of delivered, of the people asked in these days.")
        ),
        "movers": MOVERS,
        "silent": SILENT,
        "moved": MOVED,
        "comments": everywhere(
            lambda texts: texts(
                "Comments: one on what moved, one low, one high, each the one with the most different words. The "
                "customer's stored name, phone numbers and e-mail addresses are replaced by […] where we recognise "
                "them."
            )
        ),
    }
)


def definition(survey: Survey, texts: Texts) -> str:
    """What the survey's figure is; empty for an open question, which has none."""
    if survey.scale is None:
        return ""
    if survey.kind is Kind.NPS:
        return texts("Share of 9 and 10 less share of 0 to 6. The likely range is a 95 % interval.")
    low, high = survey.good
    if survey.kind is Kind.CSAT:
        words = texts(
            "Share of answers of {low}\u2013{high} on the scale {lowest}\u2013{highest}. "
            "The likely range is a 95 % interval."
        )
    elif survey.direction is Direction.LOWER:
        words = texts(
            "Mean score on the scale {lowest}\u2013{highest}, lower is better. The likely range is a 95 % interval."
        )
    else:
        words = texts(
            "Mean score on the scale {lowest}\u2013{highest}, higher is better. The likely range is a 95 % interval."
        )
    return words.format(low=low, high=high, lowest=survey.scale.low, highest=survey.scale.high)


def explained(
    surveys: Mapping[str, Survey], parts: Sequence[str], texts: Texts, every: Every = Every.WEEK
) -> list[str]:
    """One line per survey, by what it is called beside its figures, then one per part (a key of `DEFINITIONS`), in the
    order in which they are defined.

    `every` is what the figures are of: days, weeks or months.
    """
    lines = [f"{name}: {definition(survey, texts)}" for name, survey in surveys.items() if survey.scale is not None]
    return [*lines, *(words[every](texts) for name, words in DEFINITIONS.items() if name in parts)]
