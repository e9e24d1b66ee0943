"""The writer of Parquet by itself: what it writes as rows come, and what is left when they stop coming."""

import asyncio
import gc
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from adapters import parquet as writer
from tests.parquet_lines import MOMENTS, as_json_lines


def row(number: int, comment: str = "") -> dict[str, Any]:
    texts = dict.fromkeys(
        ("id", "survey", "customer", "channel", "agent", "team", "touchpoint", "ticket", "locale"), ""
    )
    moments = dict.fromkeys(MOMENTS)
    return {**texts, **moments, "score": number % 5, "comment": comment, "tags": [], "history": [], "attributes": {}}


async def given(rows: Sequence[dict[str, Any]], error: type[BaseException] | None = None) -> AsyncIterator[Any]:
    for one in rows:
        yield one
    if error is not None:
        raise error


async def test_half_a_character_pair_goes_out_as_a_question_mark() -> None:
    """As in the other formats: names that platforms deliver may have one, and no UTF-8 holds it."""
    out = io.BytesIO()
    half = {**row(1, "cut \ud83d"), "tags": ["\ud83d"], "attributes": {"\ud83d": "\ud83d"}}
    await writer.write(given([half]), out)
    [read] = as_json_lines(out)
    assert (read["comment"], read["tags"], read["attributes"]) == ("cut ?", ["?"], {"?": "?"})


async def test_row_groups_go_out_as_they_come() -> None:
    out = io.BytesIO()
    await writer.write(given([row(number) for number in range(writer.GROUP_ROWS + 1)]), out)
    assert not out.closed
    file = parquet.ParquetFile(out)
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [writer.GROUP_ROWS, 1]
    assert file.read(["score"])["score"].to_pylist()[:7] == [0, 1, 2, 3, 4, 0, 1]
    long = "x" * (writer.GROUP_BYTES // writer.AT_ONCE + 1)
    out = io.BytesIO()
    await writer.write(given([row(number, long) for number in range(2 * writer.AT_ONCE)]), out)
    assert parquet.ParquetFile(out).num_row_groups == 2


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_what_was_cut_off_is_no_parquet(error: type[BaseException]) -> None:
    out = io.BytesIO()
    with pytest.raises(error):
        await writer.write(given([row(number) for number in range(writer.GROUP_ROWS + 1)], error), out)
    gc.collect()
    assert len(out.getvalue()) > 1000
    with pytest.raises(pa.ArrowInvalid):
        parquet.ParquetFile(out)
