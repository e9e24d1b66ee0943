"""What web chats show, by revision, so that a stream can ask for what came after."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Row, delete, func, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.ports import StoredMessage
from bot.prompts import PromptKind
from storage.codec import prompt_body, prompt_from
from storage.digests import place_digest
from storage.keys import Keyring
from storage.quotes import without_forgotten
from storage.sql import is_postgres, table
from storage.tables import MessageRow

_MESSAGE = table(MessageRow)
_QUOTING = frozenset({PromptKind.SUMMARY, PromptKind.CASE})


class MessageRows:
    """Keeps `bot.ports.Messages`. A `place` is the digest of a place (`storage.digests`)."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    async def put(self, workspace: str, address: Address, message: StoredMessage, invitation: str | None) -> int:
        """Adds the message, or replaces the one of the same id; the new `seq`. `message.seq` is not looked at.

        A replaced message keeps its place among the others: its `first_seq`. What quotes people loses the lines whose
        words were taken back while it was on its way.
        """
        if is_postgres(self._connection):
            # `changed_places` tells running transactions by their id, so we need ours before we take a number.
            await self._connection.execute(select(func.pg_current_xact_id()))
        replaced = (
            delete(_MESSAGE)
            .where(*self._at(workspace, address), _MESSAGE.c.message_id == message.id)
            .returning(_MESSAGE.c.first_seq)
        )
        first_seq = (await self._connection.execute(replaced)).scalar()
        place, prompt = place_digest(self._keyring, address), message.prompt
        if prompt.kind in _QUOTING:
            prompt = await without_forgotten(self._connection, self._keyring, workspace, place, prompt)
        values = {
            "workspace": workspace,
            "place_digest": place,
            "message_id": message.id,
            "invitation_id": invitation,
            "first_seq": first_seq,
            "prompt": prompt_body(prompt),
            "at": message.at,
        }
        added = insert(_MESSAGE).values(values).returning(_MESSAGE.c.seq)
        seq: int = (await self._connection.execute(added)).scalar_one()
        if first_seq is None:
            first = update(_MESSAGE).where(_MESSAGE.c.seq == seq).values(first_seq=seq)
            await self._connection.execute(first)
        return seq

    async def newest(self, workspace: str, address: Address, limit: int) -> Sequence[StoredMessage]:
        chosen = (
            select(_MESSAGE).where(*self._at(workspace, address)).order_by(_MESSAGE.c.first_seq.desc()).limit(limit)
        )
        return _messages(reversed((await self._connection.execute(chosen)).all()))

    async def after(self, workspace: str, address: Address, seq: int) -> Sequence[StoredMessage]:
        """Every message whose newest revision came after `seq`, in the order of these revisions."""
        chosen = select(_MESSAGE).where(*self._at(workspace, address), _MESSAGE.c.seq > seq).order_by(_MESSAGE.c.seq)
        return _messages(await self._connection.execute(chosen))

    async def get(self, workspace: str, address: Address, message: str) -> StoredMessage | None:
        chosen = select(_MESSAGE).where(*self._at(workspace, address), _MESSAGE.c.message_id == message)
        return next(iter(_messages(await self._connection.execute(chosen))), None)

    async def changed_places(self, seq: int) -> tuple[int, Collection[str]]:
        """The `seq` to ask with next time, and the digests of the places that got something after `seq`.

        On PostgreSQL a number may be taken before another and committed after it. So the `seq` given back is the
        highest that no running transaction can undercut; a place above it is named again the next time.
        """
        chosen = select(_MESSAGE.c.place_digest, _MESSAGE.c.seq, self._settled().label("settled"))
        rows = (await self._connection.execute(chosen.where(_MESSAGE.c.seq > seq))).all()
        highest = max((row.seq for row in rows if row.settled), default=seq)
        return highest, frozenset(row.place_digest for row in rows)

    async def newest_seq(self) -> int:
        """The `seq` to begin asking `changed_places` with, 0 without messages; one step in the index."""
        chosen = select(_MESSAGE.c.seq).where(self._settled()).order_by(_MESSAGE.c.seq.desc()).limit(1)
        return int(await self._connection.scalar(chosen) or 0)

    def _at(self, workspace: str, address: Address) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return _MESSAGE.c.workspace == workspace, _MESSAGE.c.place_digest == place_digest(self._keyring, address)

    def _settled(self) -> ColumnElement[bool]:
        # Older than the oldest running transaction; age counts the transactions since then.
        oldest = "age(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS xid))"
        postgres = is_postgres(self._connection)
        return literal_column(f"age(message.xmin) > {oldest}" if postgres else "1 = 1", Boolean())


def _messages(rows: Iterable[Row[Any]]) -> list[StoredMessage]:
    return [
        StoredMessage(row.seq, row.message_id, row.at, prompt_from(row.prompt), first_seq=row.first_seq) for row in rows
    ]
