"""`pulssi export` in its three formats: the same answers in each, whole or not at all, and nothing that a cell runs."""

import asyncio
import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import text

from bot.address import parse_address
from bot.bootstrap import Pulssi, open_pulssi
from bot.events import ChangeWanted, NotSolved, ScoreChosen
from bot.invitation import Interaction
from bot.service.asked import AskRequest
from bot.service.columns import COLUMNS
from bot.service.figures import GROUPINGS
from bot.settings import read_settings
from bot.summary import Period
from tests.flows.commands import Terminal
from tests.flows.server import environment
from tests.parquet_lines import MOMENTS, as_json_lines

FILE = (
    "id,survey,score,comment,customer,agent,team,tags,answered_at,Plan,Paid\n"
    'a,csat,5,"Quick, ""friendly""",Anna,Jukka,Billing,vat|urgent,2026-11-16T12:00:00Z,gold,1\n'
    "b,csat,2,'=1+1,Ben,Jukka,Billing,vat,2026-11-17T12:00:00+02:00,,0\n"
    "c,nps,0,,Anna,,,,2026-11-17T12:00:00.250Z,\N{BEAR FACE},\n"
    "d,open,,More tea,Anna,,,,2026-11-17T12:00:00Z,,\n"
)
ENDED_BY_US = 130
SECONDS = 20


@pytest.fixture
def pulssi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Terminal:
    return Terminal(tmp_path, monkeypatch, PULSSI_DATABASE_URL=database_url)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Where one database says enough."""
    return Terminal(tmp_path, monkeypatch)


def answer_much(pulssi: Terminal) -> None:
    """Answers of every kind: changed, not solved, with hostile words, with tags, imported, with their own columns."""
    first = pulssi.answered("mikko", 2, "=HYPERLINK(1)\n@all \N{BEAR FACE}", "--agent", "+Anna", "--ticket", "T-1")
    pulssi.answer(first, "mikko", ChangeWanted(), ScoreChosen(4), NotSolved())
    pulssi.answered("sanna", 0, "'=", "--tag", "vat", "--tag", "b", survey="nps")
    pulssi.ok("import", pulssi.file("a.csv", FILE))


def json_lines(pulssi: Terminal, *more: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in pulssi.ok("export", "--format", "jsonl", *more).out.splitlines()]


def test_parquet_and_json_lines_say_the_same(pulssi: Terminal) -> None:
    answer_much(pulssi)
    out = pulssi.ok("export", "--format", "parquet", "--output", "all.parquet")
    assert (out.out, out.err) == ("", "6 answers in all.parquet\n")
    file = pulssi.folder / "all.parquet"
    assert file.stat().st_mode & 0o777 == 0o600
    rows = json_lines(pulssi)
    assert as_json_lines(file) == rows
    assert [list(row) for row in rows] == [parquet.read_schema(file).names] * 6
    changed = next(row for row in rows if row["ticket"] == "T-1")
    assert [one["score"] for one in changed["history"]] == [2, 4]
    assert changed["not_solved_at"]
    assert {"Plan": "gold", "Paid": "1"} in [row["attributes"] for row in rows]


def test_parquet_has_types(small: Terminal) -> None:
    small.ok("export", "--format", "parquet", "--output", "none.parquet")
    table = parquet.read_table(small.folder / "none.parquet")
    moment = pa.timestamp("us", tz="UTC")
    assert table.num_rows == 0
    assert [table.schema.field(name).type for name in MOMENTS] == [moment] * 3
    assert table.schema.field("score").type == pa.int8()
    assert table.schema.field("tags").type == pa.list_(pa.string())
    assert table.schema.field("history").type == pa.list_(pa.struct([("score", pa.int8()), ("at", moment)]))
    assert table.schema.field("attributes").type == pa.map_(pa.string(), pa.string())


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_comes_back_gives_the_same_figures(pulssi: Terminal, form: str) -> None:
    answer_much(pulssi)
    file = pulssi.folder / "all.csv"
    if form == "csv":
        pulssi.ok("export", "--output", str(file))
    else:
        file.write_text(as_csv(json_lines(pulssi)), encoding="utf-8", newline="")
    pulssi.ok("import", str(file), "--workspace", "copy")
    for ours, copied in pulssi.inside(figures):
        assert ours.histogram
        assert (copied.survey.slug, copied.histogram, copied.by) == (ours.survey.slug, ours.histogram, ours.by)
    assert [comparable(row) for row in json_lines(pulssi)] == [
        comparable(row) for row in json_lines(pulssi, "--workspace", "copy")
    ]


async def figures(opened: Pulssi) -> list[tuple[Period, Period]]:
    """Every figure of the answers' months, in both workspaces."""

    async def of(workspace: str, survey: str, by: str | None) -> Period:
        return await opened.summaries.figures(workspace, survey, date(2026, 11, 1), date(2026, 12, 31), by)

    return [
        (await of("default", survey, by), await of("copy", survey, by))
        for survey in ("csat", "nps")
        for by in (None, *GROUPINGS)
    ]


def comparable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without what CSV does not hold."""
    return {name: value for name, value in row.items() if name != "not_solved_at"}


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """JSON Lines as the CSV that `import` takes, its own guard against formulas included."""
    rows = list(rows)
    others = sorted({name for row in rows for name in row["attributes"]})
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow([*COLUMNS, *others])
    for row in rows:
        cells = {**row, "tags": "|".join(row["tags"]), "history": json.dumps(row["history"])}
        values = [cells[name] for name in COLUMNS] + [row["attributes"].get(name, "") for name in others]
        lines.writerow(["" if value is None else f"'{value}" if runs(str(value)) else value for value in values])
    return out.getvalue()


def runs(cell: str) -> bool:
    return cell.lstrip("'")[:1] in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20") - {""}


HOSTILE = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "'=1")


def test_no_cell_is_a_formula_and_every_text_comes_back(small: Terminal) -> None:
    asked = [asked_about(small, f"v{number}", {f"{words}{number}": words}) for number, words in enumerate(HOSTILE)]
    for number, words in enumerate(HOSTILE):
        small.answered(f"w{number}", 3, f"{words} comment", "--agent", words, "--team", words)
        small.answer(asked[number], f"v{number}", ScoreChosen(3))
    small.ok("export", "--output", "all.csv")
    with (small.folder / "all.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert sum(runs(cell) for cell in cells) >= 4 * len(HOSTILE)
    assert all(cell.startswith("'") for cell in cells if runs(cell))
    small.ok("import", "all.csv", "--workspace", "copy")
    for row, copied in zip(json_lines(small), json_lines(small, "--workspace", "copy"), strict=True):
        for name in ("comment", "agent", "team"):
            assert copied[name].strip() == row[name].strip()
        assert {n.strip(): v.strip() for n, v in copied["attributes"].items()} == {
            n.strip(): v.strip() for n, v in row["attributes"].items()
        }


def asked_about(pulssi: Terminal, visitor: str, attributes: Mapping[str, str]) -> str:
    """Asks with attributes, as the API does; the invitation's id."""

    async def ask(opened: Pulssi) -> str:
        to, about = parse_address(f"webchat:{visitor}"), Interaction(attributes=attributes)
        asked = await opened.asking.ask(AskRequest(workspace="default", survey="csat", to=to, by="test", about=about))
        assert asked.invitation is not None
        return asked.invitation.id

    return pulssi.inside(ask)


def test_attributes_that_are_called_like_our_columns_stand_beside_them(small: Terminal) -> None:
    attributes = {"score": "9", "Answered At": "never", "response-id": "r1", "": "nameless", " Plan ": "x", "Plan": "y"}
    small.answer(asked_about(small, "mikko", attributes), "mikko", ScoreChosen(4))
    header = next(csv.reader(io.StringIO(small.ok("export", "--output", "all.csv").out or text_of(small, "all.csv"))))
    assert len(set(header)) == len(header)
    small.ok("import", "all.csv", "--workspace", "copy")
    [copied] = json_lines(small, "--workspace", "copy")
    assert copied["score"] == 4
    assert sorted(copied["attributes"].values()) == sorted(attributes.values())


def text_of(pulssi: Terminal, name: str) -> str:
    return (pulssi.folder / name).read_text(encoding="utf-8")


def test_parquet_goes_through_a_pipe_too(small: Terminal) -> None:
    small.ok("import", small.file("a.csv", FILE))
    command = [sys.executable, "-m", "bot", "export", "--format", "parquet"]
    ended = subprocess.run(command, cwd=small.folder, env=environment(small.folder), capture_output=True, check=True)
    assert as_json_lines(io.BytesIO(ended.stdout)) == json_lines(small)
    assert ended.stderr == b""


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_nobody_reads_on(small: Terminal, form: str) -> None:
    small.ok("import", small.file("a.csv", FILE))
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "bot", "export", "--format", form], cwd=small.folder,
            env=environment(small.folder), stdout=writing, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_without_pyarrow_one_line_says_what_to_install(small: Terminal) -> None:
    """A package of that name that cannot be loaded stands before the real one."""
    shadow = small.folder / "shadow" / "pyarrow"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'pyarrow'\", name='pyarrow')\n")
    path = os.pathsep.join([str(shadow.parent), str(Path(__file__).parents[2])])
    before = sorted(small.folder.iterdir())
    for form, code in (("parquet", 2), ("jsonl", 0)):
        ended = subprocess.run(
            [sys.executable, "-m", "bot", "export", "--format", form, "--output", "x"], cwd=small.folder,
            env=environment(small.folder, PYTHONPATH=path), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == code
        if code:
            assert ended.stderr == "Parquet needs the package pyarrow: pip install pyarrow\n"
            assert sorted(one for one in small.folder.iterdir() if one.name != "var") == before


def on_a_terminal(pulssi: Terminal, *arguments: str, stream: str) -> tuple[int, str]:
    """The exit code, and what a person reads when this stream of the command is a terminal."""
    ours, theirs = pty.openpty()
    streams: dict[str, int] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments], cwd=pulssi.folder,
            env=environment(pulssi.folder, TERM="xterm"), stdout=streams["stdout"], stderr=streams["stderr"],
        )  # fmt: skip
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # Linux says EIO when the last one at the other end has gone
            while piece := os.read(ours, 4096):
                seen += piece
        return process.wait(SECONDS), seen.decode()
    finally:
        os.close(ours)


def test_progress_is_shown_on_a_terminal_and_nowhere_else(small: Terminal) -> None:
    small.ok("import", small.file("a.csv", FILE))
    code, seen = on_a_terminal(small, "export", "--format", "jsonl", "--output", "a.jsonl", stream="stderr")
    assert code == 0
    assert "Exporting 4 answers" in seen
    assert "4 answers in a.jsonl" in seen
    assert small.ok("export", "--output", "a.csv").err == "4 answers in a.csv\n"


def test_parquet_is_refused_on_a_terminal(small: Terminal) -> None:
    code, seen = on_a_terminal(small, "export", "--format", "parquet", stream="stdout")
    assert (code, seen) == (2, "")
    assert on_a_terminal(small, "export", "--format", "csv", stream="stdout") == (0, ",".join(COLUMNS) + "\r\r\n")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("form", "how"),
    [("csv", signal.SIGINT), ("jsonl", signal.SIGTERM), ("parquet", signal.SIGINT), ("parquet", signal.SIGTERM)],
)
async def test_an_interrupted_export_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str, form: str, how: signal.Signals
) -> None:
    Terminal(tmp_path, monkeypatch, PULSSI_DATABASE_URL=postgres_url).file("answers", "old")
    settings = environment(tmp_path, PULSSI_DATABASE_URL=postgres_url)
    async with open_pulssi(read_settings(os.environ)) as opened, opened.engine.connect() as connection:
        # The export begins its file and then waits for its first page, for as long as we like.
        await connection.execute(text("LOCK TABLE response IN ACCESS EXCLUSIVE MODE"))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "export", "--format", form, "--output", "answers", cwd=tmp_path, env=settings,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(SECONDS):
            while not [one for one in os.listdir(tmp_path) if one.startswith(".answers.")]:  # noqa: PTH208
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 0.02)
                assert process.returncode is None
            process.send_signal(how)
            _, said = await process.communicate()
    assert (process.returncode, said) == (ENDED_BY_US, b"")
    assert (tmp_path / "answers").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["answers", "var"]  # noqa: PTH208
