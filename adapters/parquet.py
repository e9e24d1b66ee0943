"""Answers as Parquet, a row group at a time at flat memory. Loaded late: pyarrow is an extra, `parquet`."""

import io
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO, Final

import pyarrow as pa
from pyarrow import parquet
from typing_extensions import override

from bot.service.exporting import Exported

AT_ONCE: Final = 1000  # answers that are Python's own objects at a time
GROUP_ROWS: Final = 50_000
GROUP_BYTES: Final = 32 << 20

_MOMENT: Final = pa.timestamp("us", tz="UTC")
_TEXTS: Final = ("comment", "customer", "channel", "agent", "team")
# As JSON Lines has them, with types: a text that is missing is empty, a score or a time that is missing is null.
SCHEMA: Final = pa.schema(
    [
        ("id", pa.string()),
        ("survey", pa.string()),
        ("score", pa.int8()),
        *((name, pa.string()) for name in _TEXTS),
        ("tags", pa.list_(pa.string())),
        ("touchpoint", pa.string()),
        ("ticket", pa.string()),
        ("locale", pa.string()),
        ("sent_at", _MOMENT),
        ("answered_at", _MOMENT),
        ("not_solved_at", _MOMENT),
        ("history", pa.list_(pa.struct([("score", pa.int8()), ("at", _MOMENT)]))),
        ("attributes", pa.map_(pa.string(), pa.string())),
    ]
)
_MOMENTS: Final = ("sent_at", "answered_at", "not_solved_at")


async def write(rows: AsyncIterator[Exported], file: BinaryIO) -> None:
    """Writes the answers to a file or a pipe, which stays open.

    What is cut off has no footer, without which no reader takes it for whole.
    """
    sink = _Sink(file)
    writer = parquet.ParquetWriter(sink, SCHEMA, compression="zstd")
    try:
        async for group in _groups(rows):
            writer.write_table(group)
        writer.close()
    except BaseException:
        sink.cut()  # before the writer is closed, be it by the garbage collector, and writes the footer
        writer.close()
        raise
    file.flush()


async def _groups(rows: AsyncIterator[Exported]) -> AsyncIterator[pa.Table]:
    """Row groups: they end at so many rows, or bytes where the answers are long."""
    batches: list[pa.RecordBatch] = []
    async for batch in _batches(rows):
        batches.append(batch)
        if sum(one.num_rows for one in batches) >= GROUP_ROWS or sum(one.nbytes for one in batches) >= GROUP_BYTES:
            yield pa.Table.from_batches(batches)
            batches = []
    if batches:
        yield pa.Table.from_batches(batches)


async def _batches(rows: AsyncIterator[Exported]) -> AsyncIterator[pa.RecordBatch]:
    gathered: list[Mapping[str, Any]] = []
    async for row in rows:
        gathered.append(_typed(row))
        if len(gathered) == AT_ONCE:
            yield _batch(gathered)
            gathered = []
    if gathered:
        yield _batch(gathered)


def _batch(rows: list[Mapping[str, Any]]) -> pa.RecordBatch:
    try:
        return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)
    except UnicodeEncodeError:
        return pa.RecordBatch.from_pylist([_encodable(row) for row in rows], schema=SCHEMA)


def _typed(row: Exported) -> Mapping[str, Any]:
    moments = {name: _moment(row[name]) for name in _MOMENTS}
    history = [{**entry, "at": _moment(entry["at"])} for entry in row["history"]]
    return {**row, **moments, "history": history, "attributes": list(row["attributes"].items())}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _encodable(value: Any) -> Any:
    """Without halves of character pairs, which platforms do deliver and no UTF-8 holds."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case Mapping():
            return {name: _encodable(one) for name, one in value.items()}
        case list():
            return [_encodable(one) for one in value]
        case tuple():
            return tuple(_encodable(one) for one in value)
        case _:
            return value


class _Sink(io.RawIOBase):
    """Passes bytes on, also to a pipe, which cannot tell where it is; after `cut` it swallows them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file: BinaryIO | None = file

    def cut(self) -> None:
        self._file = None

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, piece: Any) -> int:
        if self._file is not None:
            self._file.write(piece)
        return len(piece)
