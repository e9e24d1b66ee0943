"""Reads what each figure was before a dated note and after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.before_after import BeforeAfter, Stretch, before_after
from bot.business import Business
from bot.pictures import Note
from bot.ports import StoredNote, UnitOfWork
from bot.service.figures import period
from bot.surveys import Kind, Survey, listing_order
from bot.trends import headlines
from bot.values import replace

DAYS = timedelta(days=28)
"""On each side at most: four whole weeks, so that weekends weigh alike."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The surveys that can be compared, and those whose scale changed between the two stretches.

    `left_out` are the answers to a compared survey, by its name, that are on another scale than its others.
    """

    found: tuple[BeforeAfter, ...]
    changed_scale: tuple[Survey, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()


async def compared(uow: UnitOfWork, business: Business, note: StoredNote, today: date) -> Comparison | None:
    """Each survey with a figure that was answered on both sides or on one, in the order in which they are listed.

    The verdicts are corrected as one family. None before the day of the note.
    """
    if note.day > today:
        return None
    one = timedelta(days=1)
    days = ((note.day - DAYS, note.day - one), (note.day, min(note.day + DAYS - one, today)))
    marked, found, apart, left_out = Note(note.day, note.text), [], [], []
    for slug in await _scored(uow, business.workspace.name):
        before, after = [await period(uow, business, slug, *side) for side in days]
        if not before.histogram and not after.histogram:
            continue
        if before.histogram and after.histogram and not before.survey.poolable(after.survey):
            apart.append(after.survey)
            continue
        survey = after.survey if after.histogram else before.survey
        stretches = (Stretch(*side, one.histogram) for side, one in zip(days, (before, after), strict=True))
        found.append(before_after(marked, survey, *stretches))
        left_out.append((slug, before.left_out + after.left_out))
    return Comparison(_corrected(found), tuple(apart), tuple((slug, n) for slug, n in left_out if n))


def _corrected(found: Iterable[BeforeAfter]) -> tuple[BeforeAfter, ...]:
    by_name = {one.survey.slug: one for one in found}
    changes = headlines(
        {slug: (one.survey, one.after.histogram, one.before.histogram) for slug, one in by_name.items()}
    )
    return tuple(replace(one, change=changes[slug]) for slug, one in by_name.items())


async def _scored(uow: UnitOfWork, workspace: str) -> list[str]:
    versions = sorted(await uow.surveys.versions(workspace), key=lambda stored: listing_order(stored.survey))
    return list(dict.fromkeys(v.survey.slug for v in versions if v.survey.kind is not Kind.OPEN))
