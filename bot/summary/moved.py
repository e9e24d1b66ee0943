"""What of a week's posted figures is not true any more: late answers change no posted figure silently."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.errors import BadScore, WrongUse
from bot.scoring import Figure, Histogram, rate, rounded, score, text_digits
from bot.spans import Span
from bot.summary.findings import Moved, MovedFigure
from bot.summary.material import Funnel
from bot.surveys import Survey


def what_moved(
    week: Span, posted: Mapping[str, Any], surveys: Sequence[tuple[Survey, Histogram]], funnel: Funnel
) -> Moved | None:
    """The difference between the figures as posted (`figures_json`) and as they are now, or None.

    A survey's figure counts as moved where a reader could see it: another number of answers, or another value as the
    message rounds it. A survey whose version cannot be pooled with the posted one is left out. `surveys` are the week's
    versions with their answers of now.
    """
    before = {str(one.get("survey")): one for one in posted.get("scores", []) if isinstance(one, dict)}
    found = [
        MovedFigure(survey, was, now)
        for survey, histogram in surveys
        if (was := _posted(before.get(survey.slug), survey)) is not None
        and _differs(survey, was, now := score(survey, histogram))
    ]
    rate_was = _posted_rate(posted.get("funnel"))
    rate_now = funnel.response_rate
    if rate_was is None or rounded(rate_was.value, 0) == rounded(rate_now.value, 0):
        return Moved(week, tuple(found)) if found else None
    return Moved(week, tuple(found), rate_was, rate_now)


def _differs(survey: Survey, was: Figure, now: Figure) -> bool:
    places = text_digits(survey.kind)
    return was.n != now.n or rounded(was.value, places) != rounded(now.value, places)


def _posted(one: Any, survey: Survey) -> Figure | None:
    """The figure that stood in the message, exact where its answers by score were kept; None where none stood there."""
    if not isinstance(one, dict) or not isinstance(one.get("n"), int):
        return None
    kept = one.get("histogram")
    if isinstance(kept, dict):
        try:
            return score(survey, {int(found): int(n) for found, n in kept.items() if n})
        except (BadScore, WrongUse, ValueError):  # the scale was another one
            return None
    value = one.get("value")
    return Figure(one["n"], float(value) if isinstance(value, int | float) else None, None)


def _posted_rate(funnel: Any) -> Figure | None:
    if not isinstance(funnel, dict):
        return None
    answered, delivered = funnel.get("answered"), funnel.get("delivered")
    if not isinstance(answered, int) or not isinstance(delivered, int) or not 0 < delivered >= answered >= 0:
        return None
    return rate(answered, delivered)
