"""What saving invitations takes: their rows, answers, history and counters, in bulk and in the order that keys need."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, Final, Self

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import bindparam, delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.counting import total
from bot.errors import Conflict
from bot.invitation import Answer
from bot.ports import Saved
from storage.direct import Bulk, Step
from storage.keys import Keyring
from storage.mapping import (
    Values,
    answer_values,
    facts_changed,
    facts_values,
    history_values,
    import_key,
    progress_changes,
    progress_values,
)
from storage.sql import insert, table
from storage.tables import HistoryRow, InvitationRow, ResponseRow, RollupDeltaRow

INTEGRITY_ERRORS: Final = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
_INVITATION: Final = table(InvitationRow)
_RESPONSE: Final = table(ResponseRow)
_HISTORY: Final = table(HistoryRow)
_DELTA: Final = table(RollupDeltaRow)
_TAKEN: Final = {
    "ticket_key": "This customer has been asked about this ticket already.",
    "open_key": "This customer has a question open already.",
    "call_key": "This person has answered the open question already.",
    "import_key": "This row has been imported already.",
}


def _answering(connection: AsyncConnection) -> Any:
    added = insert(connection, _RESPONSE)
    new = {column.name: added.excluded[column.name] for column in _RESPONSE.c if not column.primary_key}
    return added.on_conflict_do_update(index_elements=["invitation_id"], set_=new)


@cache
def _changing(columns: tuple[str, ...]) -> Bulk:
    """Sets these columns alone: SQLite writes again every index of a column that is set."""
    named = bindparam("row", type_=_INVITATION.c.id.type)
    return Bulk(lambda _: update(_INVITATION).where(named == _INVITATION.c.id), columns)


_ADD: Final = Bulk(lambda _: _INVITATION.insert(), [column.name for column in _INVITATION.c])
_ANSWER: Final = Bulk(_answering, [column.name for column in _RESPONSE.c])
_REMEMBER: Final = Bulk(lambda _: _HISTORY.insert(), ["invitation_id", "score", "words", "at"])
_FORGET: Final = Bulk(lambda _: delete(_HISTORY).where(_HISTORY.c.invitation_id == bindparam("row")))
_COUNT: Final = Bulk(lambda _: _DELTA.insert(), ["survey_id", "dimension", "day", "key", "measure", "n"])


@dataclass(frozen=True, slots=True)
class Saving:
    """The steps in their order; whether one of them takes a unique key, which another may have; and the ids of the
    invitations whose words were taken back."""

    steps: Sequence[Step]
    takes_key: bool
    wordless: Sequence[str]

    @classmethod
    def of(cls, saved: Sequence[Saved], keyring: Keyring) -> Self:
        """Several changes of one invitation count as one, from the first `before` to the last `after`."""
        merged = _merged(saved)
        added = [one for one in merged if one.before is None]
        changes = _changes([one for one in merged if one.before is not None], keyring)
        # The others come behind the changes, so that a question that ends in this batch makes room for the next one.
        steps = [
            *(step for step, _ in changes),
            _ADD.step([_new(one, keyring) for one in added]),
            _ANSWER.step([answer_values(one.after, answer) for one in merged if (answer := _new_answer(one))]),
            *_history(merged),
            _COUNT.step(_counted(merged)),
        ]
        takes_key = bool(added) or any(takes for _, takes in changes)
        return cls(steps, takes_key, [one.after.id for one in merged if _took_back(one)])


@contextmanager
def conflicts() -> Iterator[None]:
    """Around statements that take unique keys: `Conflict` when one is taken, in words for whoever asks."""
    try:
        yield
    except INTEGRITY_ERRORS as error:
        # Both databases name the column or its constraint; what PostgreSQL adds in other arguments repeats values.
        key = next((key for key in _TAKEN if key in str(error.args[0])), None)
        if key is None:
            raise
        raise Conflict(_TAKEN[key]) from error


def _new(saved: Saved, keyring: Keyring) -> Values:
    return {
        "id": saved.after.id,
        **facts_values(saved.after, keyring),
        **progress_values(saved.after, keyring),
        "import_key": None if saved.import_key is None else import_key(keyring, saved.import_key),
    }


def _changes(saved: Sequence[Saved], keyring: Keyring) -> list[tuple[Step, bool]]:
    """Sets what moved, and says whether a key is taken. One is given back before somebody else takes it."""
    alike: defaultdict[tuple[bool, bool, tuple[str, ...]], list[Values]] = defaultdict(list)
    for one in saved:
        assert one.before is not None  # noqa: S101  # the caller's choice
        values = progress_changes(one.before, one.after, keyring)
        if facts_changed(one.before, one.after):
            values |= facts_values(one.after, keyring)
        if values:
            takes = values.get("open_key") is not None, values.get("ticket_key") is not None
            alike[*takes, tuple(values)].append({"row": one.after.id, **values})
    return [
        (_changing(columns).step(rows), opens or about_ticket or "call_key" in columns)
        for (opens, about_ticket, columns), rows in sorted(alike.items(), key=itemgetter(0))
    ]


def _history(saved: Sequence[Saved]) -> Iterator[Step]:
    gone = {one.after.id for one in saved if one.after.answer and one.after.answer.deleted_at}
    yield _REMEMBER.step(
        [history_values(one.after.id, entry) for one in saved if one.after.id not in gone for entry in one.history]
    )
    yield _FORGET.step([{"row": invitation} for invitation in sorted(gone)])


def _counted(saved: Sequence[Saved]) -> list[Values]:
    change = total((one.before, one.after) for one in saved)
    return [{**cell._asdict(), "n": n} for cell, n in sorted(change.items())]


def _merged(saved: Sequence[Saved]) -> list[Saved]:
    merged: dict[str, Saved] = {}
    for one in saved:
        first = merged.get(one.after.id)
        merged[one.after.id] = (
            Saved(first.before, one.after, first.history + one.history, first.import_key) if first else one
        )
    return list(merged.values())


def _new_answer(saved: Saved) -> Answer | None:
    before = saved.before.answer if saved.before else None
    return saved.after.answer if saved.after.answer != before else None


def _took_back(saved: Saved) -> bool:
    before, after = (one.answer if one is not None else None for one in (saved.before, saved.after))
    if before is None:
        return False
    deleted = after is not None and after.deleted_at is not None and before.deleted_at is None
    return deleted or (bool(before.parts) and (after is None or not after.parts))
