"""The surveys of a workspace: listed, shown, and applied from a TOML file, all or nothing."""

import difflib
import json
import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from bot.errors import WrongUse
from bot.ports import Store, StoredSurvey, UnitOfWork
from bot.service.context import Context
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey, Wording, csat_bands
from bot.texts import LOCALES
from bot.values import replace

LONGEST_OPEN: Final = 365  # days
LONGEST_EDITABLE: Final = 8760  # hours
_SURVEY_KEYS: Final = (
    "name", "kind", "low", "high", "good", "bad", "direction", "goal", "expires_days", "editable_hours", "wording",
)  # fmt: skip
_WORDING_KEYS: Final = tuple(field.name for field in fields(Wording))
_DEFAULTS: Final = {survey.kind: survey for survey in BUILT_IN}
_CES_BANDS: Final = {5: ((4, 5), (1, 2)), 7: ((5, 7), (1, 3))}


class Fate(StrEnum):
    """What applying a survey does."""

    NEW = "new"
    CHANGED = "changed"
    GOAL = "goal"
    """Another goal for the version that there is: customers are asked the same as before."""
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Applied:
    """A survey of the file, in the version that it has or gets."""

    survey: Survey
    fate: Fate


class Catalogue:
    """Versions never change; applying other content makes the next one."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    async def newest(self, workspace: str) -> Sequence[Survey]:
        """The newest version of each survey, by name."""
        async with self._store.reading() as uow:
            versions = await uow.surveys.versions(workspace)
        return list({stored.survey.slug: stored.survey for stored in versions}.values())

    async def show(self, workspace: str, slug: str) -> Survey:
        """`UnknownSurvey` lists those that there are."""
        async with self._store.reading() as uow:
            return (await self._context.survey(uow, workspace, slug)).survey

    async def apply(self, workspace: str, surveys: Sequence[Survey], *, dry_run: bool = False) -> Sequence[Applied]:
        """Stores a version of each survey whose content is new, all in one transaction; a dry run only says."""
        if dry_run:
            async with self._store.reading() as uow:
                return [await _compared(uow, workspace, survey) for survey in surveys]
        return await self._store.write(lambda uow: self._apply(uow, workspace, surveys))

    async def _apply(self, uow: UnitOfWork, workspace: str, surveys: Sequence[Survey]) -> Sequence[Applied]:
        applied = [await _compared(uow, workspace, survey) for survey in surveys]
        for one in applied:
            if one.fate is Fate.GOAL:
                await uow.surveys.set_goal(workspace, one.survey)
            elif one.fate is not Fate.SAME:
                await uow.surveys.add(workspace, one.survey, self._context.clock.now())
        return applied


async def _compared(uow: UnitOfWork, workspace: str, survey: Survey) -> Applied:
    before: StoredSurvey | None = await uow.surveys.newest(workspace, survey.slug)
    if before is None:
        return Applied(survey, Fate.NEW)
    same = replace(survey, version=before.survey.version)
    if same == before.survey:
        return Applied(before.survey, Fate.SAME)
    if same == replace(before.survey, goal=survey.goal):
        return Applied(same, Fate.GOAL)
    return Applied(replace(survey, version=before.survey.version + 1), Fate.CHANGED)


def parse_surveys(text: str) -> list[Survey]:
    """The surveys of a TOML file (docs/surveys.md), as version 1; `WrongUse` names what cannot be used."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WrongUse(f"The file is not TOML: {error}.") from error
    _check_keys(found, ("survey",), "the file")
    tables = found.get("survey", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
        raise WrongUse("The file has no survey: each begins with a line [[survey]].")
    surveys = [_survey(one) for one in tables]
    names = [survey.slug for survey in surveys]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled:
        raise WrongUse(f"Survey {doubled!r} stands in the file more than once.")
    return surveys


def survey_toml(survey: Survey) -> str:
    """The survey as `parse_surveys` reads it."""
    lines = ["[[survey]]", f"name = {_quoted(survey.slug)}", f"kind = {_quoted(survey.kind.value)}"]
    if survey.scale is not None:
        lines += [
            f"low = {survey.scale.low}",
            f"high = {survey.scale.high}",
            f"good = {list(survey.good)}",
            f"bad = {list(survey.bad)}",
            f"direction = {_quoted(survey.direction.value)}",
        ]
    if survey.goal is not None:
        lines.append(f"goal = {_plain(survey.goal)}")
    lines += [
        f"expires_days = {_plain(survey.expires_after / timedelta(days=1))}",
        f"editable_hours = {_plain(survey.editable_for / timedelta(hours=1))}",
    ]
    for locale, wording in sorted(survey.wording.items()):
        lines += ["", f"[survey.wording.{locale}]"]
        lines += [f"{key} = {_quoted(text)}" for key, text in asdict(wording).items() if text]
    return "\n".join(lines) + "\n"


def _survey(found: Mapping[str, Any]) -> Survey:
    name = _text(found, "name", "a survey")
    where = f"survey {name!r}"
    _check_keys(found, _SURVEY_KEYS, where)
    kind = Kind(_one_of(found, "kind", [kind.value for kind in Kind], where))
    usual = _DEFAULTS[kind]
    scale = _scale(found, usual, where)
    direction = Direction(_one_of(found, "direction", [d.value for d in Direction], where, usual.direction.value))
    good, bad = _bands(found, kind, scale, direction, where)
    return Survey(
        slug=name,
        kind=kind,
        scale=scale,
        good=good,
        bad=bad,
        direction=direction,
        wording=_wordings(found.get("wording", {}), where),
        expires_after=_whole_seconds(timedelta(days=_amount(found, "expires_days", LONGEST_OPEN, where, 14))),
        editable_for=_whole_seconds(timedelta(hours=_amount(found, "editable_hours", LONGEST_EDITABLE, where, 24))),
        goal=_goal(found, where),
    )


def _scale(found: Mapping[str, Any], usual: Survey, where: str) -> Scale | None:
    if usual.scale is None:
        for key in ("low", "high", "good", "bad", "direction"):
            if key in found:
                raise WrongUse(f"In {where}, an open question takes words and has no {key}.")
        return None
    ends = [found.get(key, end) for key, end in (("low", usual.scale.low), ("high", usual.scale.high))]
    if not all(_is_whole(end) for end in ends):
        raise WrongUse(f"In {where}, low and high are whole numbers, not {ends[0]!r} and {ends[1]!r}.")
    return Scale(*ends)


def _bands(
    found: Mapping[str, Any], kind: Kind, scale: Scale | None, direction: Direction, where: str
) -> tuple[tuple[int, int], tuple[int, int]]:
    if scale is None:
        return (0, 0), (0, 0)
    given = [_band(found[key], key, where) for key in ("good", "bad") if key in found]
    match given:
        case [good, bad]:
            return good, bad
        case [_]:
            raise WrongUse(f"In {where}, good and bad are given together or not at all.")
        case _:
            return _usual_bands(kind, scale, direction, where)


def _usual_bands(kind: Kind, scale: Scale, direction: Direction, where: str) -> tuple[tuple[int, int], tuple[int, int]]:
    if kind is Kind.NPS:
        return _DEFAULTS[kind].good, _DEFAULTS[kind].bad
    if kind is Kind.CES:
        if scale.low != 1 or scale.high not in _CES_BANDS:
            raise WrongUse(f"In {where}, give good and bad: CES has them built in for 1-5 and 1-7 alone.")
        top, bottom = _CES_BANDS[scale.high]
    else:
        top, bottom = csat_bands(scale)
    if direction is Direction.HIGHER:
        return top, bottom
    turned = scale.low + scale.high
    return (turned - top[1], turned - top[0]), (turned - bottom[1], turned - bottom[0])


def _band(value: object, key: str, where: str) -> tuple[int, int]:
    if isinstance(value, list) and len(value) == len(("from", "to")) and all(_is_whole(one) for one in value):
        return value[0], value[1]
    raise WrongUse(f"In {where}, {key} is the first and the last score of the band, like [4, 5], not {value!r}.")


def _wordings(found: object, where: str) -> dict[str, Wording]:
    if not isinstance(found, Mapping):
        raise WrongUse(f"In {where}, the texts of a language stand under [survey.wording.en].")
    _check_keys(found, LOCALES, f"the wording of {where}")
    return {locale: _wording(texts, f"the wording {locale} of {where}") for locale, texts in found.items()}


def _wording(found: object, where: str) -> Wording:
    if not isinstance(found, Mapping):
        raise WrongUse(f"{where.capitalize()} is a table of texts.")
    _check_keys(found, _WORDING_KEYS, where)
    _text(found, "question", where)
    return Wording(**{key: _text(found, key, where) for key in found})


def _check_keys(found: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(known)}."
            raise WrongUse(f"In {where}, there is no {key!r} to set.{hint}")


def _text(found: Mapping[str, Any], key: str, where: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise WrongUse(f"In {where}, {key} is missing." if value is None else f"In {where}, {key} is to be a text.")
    return value


def _one_of(found: Mapping[str, Any], key: str, known: Sequence[str], where: str, usual: str | None = None) -> str:
    value = found.get(key, usual)
    if value in known:
        return str(value)
    said = "is missing" if value is None else f"cannot be {value!r}"
    raise WrongUse(f"In {where}, {key} {said}: it is one of {', '.join(known)}.")


def _amount(found: Mapping[str, Any], key: str, most: int, where: str, usual: int) -> float:
    value = found.get(key, usual)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most:
        return value
    raise WrongUse(f"In {where}, {key} is a number above 0 and up to {most}, not {value!r}.")


def _goal(found: Mapping[str, Any], where: str) -> float | None:
    value = found.get("goal")
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return round(float(value), 2)  # as it is stored
    raise WrongUse(f"In {where}, goal is a number like 85, in the unit of the figure, not {value!r}.")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, but that it writes DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _whole_seconds(length: timedelta) -> timedelta:
    """As it is stored, so that the same file gives the same survey."""
    return timedelta(seconds=round(length.total_seconds()))
