"""Which comments say most: one bad, one good, one on what moved."""

import re
from collections.abc import Callable, Mapping, Sequence

from bot.summary.findings import Mover, ScoreLine
from bot.summary.material import Comment, Why
from bot.surveys import Band, Survey
from bot.trends import Verdict
from bot.values import replace

MOST_COMMENTS = 3
FEWEST_WORDS = 2  # "fine" alone tells nobody anything
ENOUGH_WORDS = 25  # a longer comment says no more in a line that is cut
_WORD = re.compile(r"[^\W\d_]{3,}")


def chosen(
    comments: Sequence[Comment],
    surveys: Mapping[str, Survey],
    movers: Sequence[Mover] = (),
    lines: Sequence[ScoreLine] = (),
) -> tuple[Comment, ...]:
    """At most three of the comments (oldest first), those that say most: one on what moved, a low one, a high one.

    Others that say something fill up to three. Of equals the newest stands. A comment on what moved, best on what got
    worse, comes first, so that the low and the high one are others.
    """
    newest = list(comments)[::-1]
    newest.sort(key=lambda comment: -information(comment.text))
    picked: list[Comment] = []
    wanted: tuple[tuple[Why, Callable[[Comment], bool]], ...] = (
        *((Why.MOVED, _explains_group(mover, surveys)) for mover in sorted(movers, key=lambda one: one.better)),
        *((Why.MOVED, _explains_survey(line, surveys)) for line in lines if line.change.verdict is Verdict.REAL),
        (Why.BAD, lambda comment: _band(comment, surveys) is Band.LOW),
        (Why.GOOD, lambda comment: _band(comment, surveys) is Band.HIGH and _says_something(comment)),
        *((Why.OTHER, _says_something),) * MOST_COMMENTS,
    )
    for why, fits in wanted:
        said = {one.text for one in picked}
        if why is Why.MOVED and any(comment.why is Why.MOVED for comment in picked):
            continue
        found = next((comment for comment in newest if comment.text not in said and fits(comment)), None)
        if found is not None:
            newest.remove(found)
            picked.append(replace(found, why=why))
    return tuple(picked[:MOST_COMMENTS])


def information(text: str) -> int:
    """How many different words of three letters or more, up to 25: "ok ok ok" says less than what was wrong."""
    return min(len({word.casefold() for word in _WORD.findall(text)}), ENOUGH_WORDS)


def _says_something(comment: Comment) -> bool:
    return information(comment.text) >= FEWEST_WORDS


def _explains_group(mover: Mover, surveys: Mapping[str, Survey]) -> Callable[[Comment], bool]:
    band = Band.HIGH if mover.better else Band.LOW
    return lambda one: one.survey_slug == mover.survey.slug and one.of(mover.group) and _band(one, surveys) is band


def _explains_survey(line: ScoreLine, surveys: Mapping[str, Survey]) -> Callable[[Comment], bool]:
    band = Band.HIGH if line.better else Band.LOW
    return lambda one: one.survey_slug == line.survey.slug and _band(one, surveys) is band


def _band(comment: Comment, surveys: Mapping[str, Survey]) -> Band | None:
    """As the answered version has it: 5 of 10 is no high score because the newest scale ends at 5."""
    if comment.band is not None:
        return comment.band
    survey = surveys.get(comment.survey_slug)
    if survey is None or survey.scale is None or comment.score is None or comment.score not in survey.scale:
        return None
    return survey.band(comment.score)
