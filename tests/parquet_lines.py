"""Reads a Parquet file of ours as the other formats would have it."""

import io
from pathlib import Path
from typing import Any

from pyarrow import parquet

MOMENTS = ("sent_at", "answered_at", "not_solved_at")


def as_json_lines(file: Path | io.BytesIO) -> list[dict[str, Any]]:
    """What stands in a Parquet file, as JSON Lines would have it."""
    return [
        {
            **row,
            **{name: row[name] and row[name].isoformat() for name in MOMENTS},
            "history": [{"score": one["score"], "at": one["at"].isoformat()} for one in row["history"]],
            "attributes": dict(row["attributes"]),
        }
        for row in parquet.read_table(file).to_pylist()
    ]
