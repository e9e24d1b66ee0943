"""What somebody wants imported, and whether the file as a whole can be understood that way."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import WrongUse
from bot.ports import StoredSurvey
from bot.service.importing.rows import Reading
from bot.service.importing.table import Table
from bot.surveys import Scale, Survey

ENOUGH: Final = 20  # scores after which a scale whose upper end nobody used is more likely to be another one
_TOPS: Final = (1, 3, 5, 7)  # where usual scales end


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import into which workspace. `survey` is for rows that name none, `zone` for times that name none.

    `words` are the scores that words stand for, in small letters; `scale` is what the owner says the file's scores are.
    """

    workspace: str
    table: Table
    survey: str | None = None
    date_format: str | None = None
    zone: ZoneInfo | None = None
    words: Mapping[str, int] = field(default_factory=dict)
    scale: Scale | None = None
    dry_run: bool = False


def reading_of(request: ImportRequest, versions: Sequence[StoredSurvey], zone: ZoneInfo, now: datetime) -> Reading:
    """How the rows are to be read; `versions` are all of the workspace's surveys, `zone` is the workspace's.

    `WrongUse` when columns are missing, the survey is unknown, or the file as a whole would have to be guessed at.
    """
    newest = {stored.survey.slug: stored for stored in versions}
    if request.survey is not None and request.survey not in newest:
        raise WrongUse(f"There is no survey {request.survey!r}; there are {', '.join(sorted(newest))}.")
    _check_columns(request)
    columns = request.table.columns
    reading = Reading(
        surveys=newest,
        zone=request.zone or zone,
        now=now,
        survey=request.survey,
        date_format=request.date_format,
        order=None if request.date_format else request.table.glance.dates.order(),
        utc=frozenset(ours for ours in ("answered_at", "sent_at") if columns.is_utc(ours)),
        words=request.words,
        vendor=columns.vendor,
        older=_older(versions, newest),
    )
    _check_words(request)
    _check_scales(request, reading)
    return reading


def _older(versions: Sequence[StoredSurvey], newest: Mapping[str, StoredSurvey]) -> Mapping[str, Sequence[Survey]]:
    older: dict[str, list[Survey]] = defaultdict(list)
    for stored in reversed(versions):
        if stored.id != newest[stored.survey.slug].id:
            older[stored.survey.slug].append(stored.survey)
    return older


def _check_columns(request: ImportRequest) -> None:
    columns = request.table.columns
    hints = columns.vendor.hints if columns.vendor else {}
    there = set(columns.headers)
    if "answered_at" not in there:
        raise WrongUse(
            "The file has no column answered_at: say which one it is with --column answered_at=NAME."
            + hints.get("answered_at", "")
        )
    if not there & {"score", "comment"}:
        could = ", ".join(repr(name) for name in request.table.scorelike())
        raise WrongUse(
            "The file has neither score nor comment: say which column it is with --column score=NAME (how the name "
            "begins is enough)." + (f" These hold whole numbers: {could}." if could else "")
        )
    if "survey" not in there and request.survey is None:
        raise WrongUse("The file has no column survey: say of which survey the answers are with --survey NAME.")


def _check_words(request: ImportRequest) -> None:
    """Good and bad are two answers, and 1 to 5 are five: nobody but the owner can say how they go together."""
    vendor = request.table.columns.vendor
    if vendor is None or not vendor.words or "score" not in request.table.columns.headers:
        return
    for word, line in request.table.glance.worded.items():
        meant = vendor.words.get(word)
        if meant is not None and meant not in request.words:
            raise WrongUse(
                f"Line {line} has the score {word!r}: {vendor.name}'s good and bad are no scores of 1 to 5, and are "
                "not counted among them unless you say how. Best give them a survey of their own with the scale 0 to 1 "
                "(docs/import.md) and say --survey NAME --score good=1,bad=0; to count them as 5 and 1 of your CSAT, "
                "say --survey csat --score good=5,bad=1."
            )


def _check_scales(request: ImportRequest, reading: Reading) -> None:
    """Scores of 1 to 5 fit a survey of 1 to 7 and would spoil its figures unseen. Our own exports know their scale."""
    if "history" in request.table.columns.headers:
        return
    for named, reach in request.table.glance.reach.items():
        try:
            survey = reading.survey_of(named).survey
        except WrongUse:
            continue  # such rows are rejected one by one
        if survey.scale is None:
            continue
        if request.scale is not None:
            if request.scale != survey.scale:
                raise WrongUse(
                    f"--scale says {_written(request.scale)}, and {survey.slug!r} takes {_written(survey.scale)}: "
                    "the two cannot be counted together. Make a survey with that scale (docs/surveys.md) and name it "
                    "with --survey."
                )
        elif not request.words and reach.n >= _enough(reading, survey) and reach.highest <= _top_below(survey.scale):
            raise WrongUse(
                f"None of the {reach.n} scores for {survey.slug!r} is above {reach.highest}, and it takes "
                f"{_written(survey.scale)}: this looks like another scale. If it is not, say --scale "
                f"{survey.scale.low}-{survey.scale.high}; if it is, make a survey with that scale (docs/surveys.md) "
                "and name it with --survey."
            )


def _enough(reading: Reading, survey: Survey) -> int:
    return 1 if reading.vendor is not None and survey.kind in reading.vendor.doubtful else ENOUGH


def _top_below(scale: Scale) -> int:
    return max((top for top in _TOPS if top < scale.high), default=scale.low - 1)


def _written(scale: Scale) -> str:
    return f"{scale.low} to {scale.high}"
