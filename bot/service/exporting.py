"""Gives every answer out again, in the columns in which `import` takes it back."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from bot.ports import Recorded, Store
from bot.service.columns import COLUMNS, TAG_SEPARATOR, guarded
from bot.service.context import Context
from bot.service.importing.writing import OWN_ID
from bot.steps import ScoreKept

PAGE: Final = 500
NAMED: Final = 5000  # answers whose attributes are looked through at once
FORMATS: Final = ("csv", "jsonl", "parquet")

Exported = Mapping[str, Any]
Moved = Callable[[int], None]


def _unwatched(_: int) -> None: ...


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """The answers of these local days, both included; without days all of them."""

    workspace: str
    first: date | None = None
    last: date | None = None


class Exporting:
    """Streams at flat memory: a page at a time, each in a look of its own, so that no writer waits.

    `moved` is told after each page how many answers have gone out.
    """

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    async def csv(self, request: ExportRequest, moved: Moved = _unwatched) -> AsyncIterator[str]:
        """Lines of CSV, the header first; the file's own columns of imported answers stand behind ours."""
        others = _headers(await self._other_columns(request))
        yield _csv_line([guarded(name) for name in (*COLUMNS, *others.values())])
        async for found in self.rows(request, moved):
            ours, theirs = _cells(found), found["attributes"]
            cells = (*(ours[name] for name in COLUMNS), *(theirs.get(name, "") for name in others))
            yield _csv_line([guarded(cell) for cell in cells])

    async def jsonl(self, request: ExportRequest, moved: Moved = _unwatched) -> AsyncIterator[str]:
        """Lines of JSON with the text as it is."""
        async for found in self.rows(request, moved):
            yield json.dumps(found, ensure_ascii=False) + "\n"

    async def rows(self, request: ExportRequest, moved: Moved = _unwatched) -> AsyncIterator[Exported]:
        """Answers as `exported_of` has them, by first answer and id."""
        after: tuple[datetime, str] | None = None
        count = 0
        while True:
            async with self._store.reading() as uow:
                page = await uow.responses.page(request.workspace, request.first, request.last, after, PAGE)
            for recorded in page:
                exported = exported_of(recorded)
                # An open question whose words were erased says nothing any more.
                if exported["score"] is not None or exported["comment"]:
                    count += 1
                    yield exported
            moved(count)
            if len(page) < PAGE:
                return
            after = _position(page[-1])

    async def _other_columns(self, request: ExportRequest) -> set[str]:
        names: set[str] = set()
        after: tuple[datetime, str] | None = None
        while True:
            async with self._store.reading() as uow:
                found, after = await uow.responses.attributes(
                    request.workspace, request.first, request.last, after, NAMED
                )
            names.update(found)
            if after is None:
                return names - {OWN_ID}


def exported_of(recorded: Recorded) -> Exported:
    """An answer by column; `attributes` are the columns of an imported file that are none of ours.

    `not_solved_at` is beside the columns: JSON Lines and Parquet have it, CSV does not. Times are ISO 8601 in UTC.
    """
    invitation, about = recorded.invitation, recorded.invitation.interaction
    answer = invitation.answer
    answered_at = (answer.first_at or answer.changed_at) if answer else None
    return {
        "id": about.attributes.get(OWN_ID, invitation.id),
        "survey": invitation.survey.slug,
        "score": answer.score if answer else None,
        "comment": answer.comment if answer else "",
        "customer": _customer(recorded),
        "channel": invitation.channel,
        "agent": about.agent or "",
        "team": about.team or "",
        "tags": list(about.tags),
        "touchpoint": about.touchpoint or "",
        "ticket": about.ticket or "",
        "locale": invitation.locale,
        "sent_at": _moment(invitation.sent_at),
        "answered_at": _moment(answered_at),
        "not_solved_at": _moment(answer.not_solved_at) if answer else None,
        "history": [
            {"score": entry.score, "at": entry.at.isoformat()}
            for entry in recorded.history
            if isinstance(entry, ScoreKept)
        ],
        "attributes": {name: value for name, value in about.attributes.items() if name != OWN_ID},
    }


def _customer(recorded: Recorded) -> str:
    """The name, else the address: what tells one customer from another outside."""
    if recorded.customer is not None and recorded.customer.name:
        return recorded.customer.name
    return str(recorded.invitation.address) if recorded.invitation.address else ""


def _headers(attributes: Iterable[str]) -> dict[str, str]:
    """By attribute the header under which it stands; one that `import` would take for another gets a word in front."""
    headers: dict[str, str] = {}
    for name in sorted(attributes, key=lambda name: (_is_ours(name), name)):
        header = name.strip()
        while not header or _is_ours(header) or header in headers.values():
            header = f"attribute {header}".strip()
        headers[name] = header
    return headers


def _is_ours(name: str) -> bool:
    return re.sub(r"[\s-]+", "_", name.strip().casefold()) in {*COLUMNS, "response_id", "responseid"}


def _cells(exported: Exported) -> dict[str, str]:
    plain = {name: "" if exported[name] is None else str(exported[name]) for name in COLUMNS}
    history = json.dumps(exported["history"]) if exported["history"] else ""
    return {**plain, "tags": TAG_SEPARATOR.join(exported["tags"]), "history": history}


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _position(recorded: Recorded) -> tuple[datetime, str]:
    answer = recorded.invitation.answer
    assert answer is not None  # noqa: S101  # the page has answers only
    at = answer.first_at or answer.changed_at
    assert at is not None  # noqa: S101  # the page is ordered by it
    return at, recorded.invitation.id


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
