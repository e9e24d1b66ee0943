"""What stands behind every figure, in words: one definition each, wherever it is shown (KPI.md)."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot.surveys import Direction, Kind, Survey
from bot.texts import Texts

_Words = Callable[[Texts], str]

DEFINITIONS: Final[Mapping[str, _Words]] = MappingProxyType(
    {
        "likely": lambda texts: texts(
            "Likely: a 95 % interval. Wilson's for shares, Rocks' adjusted Wald for NPS, Student's t for CES."
        ),
        "change": lambda texts: texts(
            "Change: this week's value less last week's. Clear where a 95 % interval of the difference leaves out 0, "
            "corrected by Holm's method for all headline figures together; else it could be chance. Fewer than 10 "
            "answers in either week: too few."
        ),
        "goal": lambda texts: texts(
            "Goal: what you set for the survey; the distance is from the value shown. A goal is missed by more than "
            "chance where it lies outside the likely range; this is not corrected."
        ),
        "weeks": lambda texts: texts(
            "Bars: the value of each of twelve weeks, · where there is no answer on this scale. They span at "
            "least a quarter of the scale."
        ),
        "course": lambda texts: texts(
            "Over the weeks: a straight line through the weekly values, each weighted by its answers (weighted least "
            "squares, Student's t), from 6 weeks with at least 10 answers on; corrected by Holm's method for all "
            "surveys together, and said only when it is clear."
        ),
        "funnel": lambda texts: texts(
            "People asked this week, one cohort: considered = not asked + asked; asked = delivered + failed + on their "
            "way. Delivered: the platform took the message, or the page showed it. Imported answers, questions to "
            "a whole group and tests are not in it."
        ),
        "response_rate": lambda texts: texts(
            "Response rate: answered of delivered, of the people asked in the week. So far: some questions can still "
            "be answered."
        ),
        "movers": lambda texts: texts(
            "Clearly better or worse: groups with at least 10 answers in both weeks whose change is clear, corrected "
            "by Holm's method for all groups of all surveys together. Of a team, a touchpoint or a tag with one or "
            "two agents nothing is said, unless single agents may be named."
        ),
        "silent": lambda texts: texts(
            "Clearly more silent: groups whose response rate is clearly lower than that of all others together, in the "
            "newest week whose questions have all expired; at least 30 delivered to the group and to the others, "
            "corrected by Holm's method."
        ),
        "moved": lambda texts: texts(
            "Moved since: what a reader of last week's message would see differently now, in a survey's answers, its "
            "value or the response rate."
        ),
        "comments": lambda texts: texts(
            "Comments: one on what moved, one low, one high, each the one with the most different words. The "
            "customer's stored name, phone numbers and e-mail addresses are replaced by […] where we recognise them."
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


def explained(surveys: Sequence[Survey], parts: Sequence[str], texts: Texts) -> list[str]:
    """One line per survey, then one per part (a key of `DEFINITIONS`), in the order in which they are defined."""
    lines = [f"{survey.slug}: {definition(survey, texts)}" for survey in surveys if survey.scale is not None]
    return [*lines, *(words(texts) for name, words in DEFINITIONS.items() if name in parts)]
