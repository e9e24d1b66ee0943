"""One row of a file as a checked answer, or the reason why it is none."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.errors import WrongUse
from bot.ports import StoredSurvey
from bot.service.columns import TAG_SEPARATOR
from bot.service.importing.moments import Order, moment
from bot.service.importing.table import Line
from bot.service.importing.vendors import Vendor, plain
from bot.steps import ScoreKept
from bot.surveys import Survey

LONGEST: Final = 200  # characters of a name: index rows have a limit, and names stand in indices
EARLIEST: Final = date(2000, 1, 1)
LEEWAY: Final = timedelta(days=1)
_SCORE: Final = re.compile(r"\+?([0-9]{1,3})(?:[.,]0*)?")
_NAMES: Final = ("id", "survey", "customer", "channel", "agent", "team", "touchpoint", "ticket", "locale")


class NoAnswer(WrongUse):
    """A row of somebody who was asked and gave no answer: nothing is wrong with it, and there is nothing to keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a row says. Times are UTC; an empty name is none; `history` ends with the score that holds."""

    line: int
    survey: StoredSurvey
    score: int | None
    comment: str
    answered_at: datetime
    sent_at: datetime | None
    names: Mapping[str, str]
    tags: tuple[str, ...]
    history: tuple[ScoreKept, ...]
    attributes: Mapping[str, str]

    @property
    def id(self) -> str:
        """The id that the row came with, or nothing."""
        return self.names["id"]

    def digest(self) -> str:
        """The same for rows that say the same, however the file writes them."""
        said: list[Any] = [
            self.survey.survey.slug, self.score, self.comment.replace("\r\n", "\n").strip(), sorted(self.names.items()),
            sorted(self.tags), self.sent_at, self.answered_at, [(entry.score, entry.at) for entry in self.history],
            sorted(self.attributes.items()),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, default=datetime.isoformat).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the rows of one file are to be understood.

    `survey` is the one for rows that name none, `words` the scores that words stand for (in small letters), `zone` that
    of times without one (`utc` are the columns that are in UTC), `older` the versions before those of `surveys`.
    """

    surveys: Mapping[str, StoredSurvey]
    zone: ZoneInfo
    now: datetime
    survey: str | None = None
    date_format: str | None = None
    order: Order | None = None
    utc: frozenset[str] = frozenset()
    words: Mapping[str, int] = field(default_factory=dict)
    vendor: Vendor | None = None
    older: Mapping[str, Sequence[Survey]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.date_format is not None:
            _check_format(self.date_format)

    def row(self, line: Line) -> Row:
        """The answer; `WrongUse` says what is wrong with it, to be put after the line's number."""
        if line.error:
            raise WrongUse(line.error)
        said = line.cells.get
        names = {name: _name(name, text) if (text := said(name)) else "" for name in _NAMES}
        score_text, comment = line.cells.get("score", "").strip(), _comment(line.cells.get("comment", ""))
        self._check_answered(score_text, comment)
        survey = self.survey_of(names.pop("survey"))
        score = self._score(score_text, survey.survey)
        if score is None and not comment:
            raise WrongUse("has neither a score nor a comment")
        answered_at = self._moment("answered_at", line.cells.get("answered_at", ""), self.date_format)
        if answered_at is None:
            raise WrongUse("has no answered_at")
        return Row(
            line=line.number,
            survey=survey,
            score=score,
            comment=comment,
            answered_at=answered_at,
            sent_at=self._moment("sent_at", line.cells.get("sent_at", ""), self.date_format),
            names=names,
            tags=_tags(line.cells.get("tags", ""), self.vendor.tag_separator if self.vendor else TAG_SEPARATOR),
            history=self._history(line.cells.get("history", ""), survey.survey, score, answered_at),
            attributes=dict(line.others),
        )

    def survey_of(self, named: str) -> StoredSurvey:
        """The survey of a row that names it so; `WrongUse` when that is none, or not the one of the command."""
        stated = self.surveys.get(named.casefold())
        if self.survey is None:
            if stated is None:
                known = ", ".join(sorted(self.surveys))
                said = f"names the survey {named!r}; there are {known}" if named else "names no survey"
                raise WrongUse(f"{said}: say with --survey of which one the answers are")
            self._check_even(named)
            return stated
        given = self.surveys[self.survey]
        if self.vendor is not None and self.vendor.kinds:
            kind = self.vendor.kinds.get(plain(named))
            if kind is not None and kind is not given.survey.kind:
                raise WrongUse(f"answers {named!r}, and --survey {self.survey!r} is of kind {given.survey.kind.value}")
            self._check_even(named)
        elif stated is not None and stated.survey.slug != self.survey:
            raise WrongUse(f"is of the survey {named!r}, and --survey says {self.survey!r}")
        return given

    def _check_even(self, named: str) -> None:
        if self.vendor is not None and plain(named) in self.vendor.odd and not self.words:
            raise WrongUse(
                f"answers {named!r}, whose scores are no scale of ours: import them with --survey of a survey that was "
                "made for them, and with --score that says what each stands for"
            )

    def _check_answered(self, score: str, comment: str) -> None:
        if self.vendor is None:
            return
        if score.casefold() in self.vendor.unanswered or not (score or comment):
            raise NoAnswer("holds no answer")

    def _score(self, text: str, survey: Survey) -> int | None:
        said = text.casefold()
        if self.vendor is not None:
            said = self.vendor.words.get(said, said)
        score = self.words.get(said)
        if score is None:
            if not text:
                return None
            score = _number(text)
        if survey.scale is None or score not in survey.scale:
            takes = f"takes {survey.scale.low} to {survey.scale.high}" if survey.scale else "takes words alone"
            raise WrongUse(f"has the score {text!r}, and {survey.slug!r} {takes}{self._once(survey, score)}")
        return score

    def _once(self, survey: Survey, score: int) -> str:
        """A hint when an older version of the survey took this score."""
        for old in self.older.get(survey.slug, ()):
            if old.scale is not None and score in old.scale:
                return (
                    f" (its version {old.version} took {old.scale.low} to {old.scale.high}; the two are never counted "
                    "together: import such rows with --survey of a survey that has that scale)"
                )
        return ""

    def _moment(self, column: str, text: str, date_format: str | None) -> datetime | None:
        text = text.strip()
        if not text:
            return None
        zone = UTC if column in self.utc else self.zone
        try:
            if date_format:
                found = datetime.strptime(text, date_format)  # noqa: DTZ007  # a time without a zone has `zone`
                when = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
            else:
                when = moment(text, zone, self.order)
        except (ValueError, OverflowError):
            wanted = f"as {date_format}" if date_format else "; --date-format says how times are written, like %d.%m.%Y"
            raise WrongUse(f"has {text!r} as {column}, which cannot be read{' ' * bool(date_format)}{wanted}") from None
        if when.date() < EARLIEST or when > self.now + LEEWAY:
            raise WrongUse(f"has {text!r} as {column}, which is not between the year 2000 and now")
        return when

    def _history(self, text: str, survey: Survey, score: int | None, answered_at: datetime) -> tuple[ScoreKept, ...]:
        if not text.strip() or text.strip() == "[]":
            return () if score is None else (ScoreKept(score, answered_at),)
        try:
            entries = [self._entry(found, survey) for found in json.loads(text)]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise WrongUse(
                'has a history that is not JSON like [{"score": 4, "at": "2026-11-16T12:00:00Z"}]'
            ) from error
        if not entries or entries[-1].score != score:
            raise WrongUse("has a history that does not end with its score")
        return tuple(entries)

    def _entry(self, found: Mapping[str, Any], survey: Survey) -> ScoreKept:
        score, at = found["score"], self._moment("a time of its history", str(found["at"]), None)
        if not isinstance(score, int) or at is None:
            raise TypeError(score)
        return ScoreKept(survey.check(score), at)


def _check_format(date_format: str) -> None:
    day = datetime(2026, 11, 16, 13, 14, 15, tzinfo=UTC)
    try:
        same = datetime.strptime(day.strftime(date_format), date_format).date() == day.date()  # noqa: DTZ007
    except ValueError:
        same = False
    if not same:
        raise WrongUse(f"--date-format {date_format!r} does not name year, month and day, like %d.%m.%Y %H:%M.")


def _name(column: str, text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST:
        raise WrongUse(f"has {len(text)} characters as {column}; at most {LONGEST} can be kept")
    return text


def _comment(text: str) -> str:
    return text if text.strip() else ""


def _tags(text: str, separator: str) -> tuple[str, ...]:
    if not text:
        return ()
    return tuple(dict.fromkeys(tag for part in text.split(separator) if (tag := _name("a tag", part))))


def _number(text: str) -> int:
    found = _SCORE.fullmatch(text)
    if found is None:
        raise WrongUse(
            f"has the score {text[:LONGEST]!r}, which is not a whole number; --score WORD=SCORE says what a word "
            "stands for"
        )
    return int(found[1])
