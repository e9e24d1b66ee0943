"""The owners' dated notes: what the business changed, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredNote:
    """What happened on a local day, in an owner's words."""

    id: str
    workspace: str
    day: date
    text: str
    created_at: datetime


class Notes(Protocol):
    async def add(self, note: StoredNote) -> None: ...

    async def get(self, workspace: str, note: str) -> StoredNote | None: ...

    async def newest(self, workspace: str, limit: int, offset: int = 0) -> Sequence[StoredNote]:
        """Those of the latest days first; of one day the last written."""
        ...

    async def between(self, workspace: str, first: date, last: date) -> Sequence[StoredNote]:
        """Those of these days, both included; the oldest day first, and of one day the first written."""
        ...

    async def count(self, workspace: str, first: date, last: date) -> int:
        """How many there are of these days, both included."""
        ...

    async def remove(self, workspace: str, note: str) -> bool:
        """False when the workspace has no such note (any more)."""
        ...
