"""`pulssi import` and `pulssi export`: there and back without a change, and never twice."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.bootstrap import Pulssi
from bot.events import ChangeWanted, ScoreChosen
from bot.service.columns import COLUMNS, guarded
from bot.service.context import ensure_workspace
from bot.service.exporting import ExportRequest
from bot.service.importing import ImportRequest, open_table
from bot.service.importing.writing import Watcher
from bot.service.people import import_address
from tests.flows.commands import Terminal

PERIOD = ("--from", "2026-11-01", "--to", "2026-11-20", "--json")
FILE = (
    "id,survey,score,comment,customer,agent,team,tags,answered_at,Plan\n"
    'a,csat,5,"Quick, ""friendly""",Anna,Jukka,Billing,vat|urgent,2026-11-16T12:00:00Z,gold\n'
    "b,csat,2,'=1+1,Ben,Jukka,Billing,vat,2026-11-17T12:00:00Z,\n"
    "c,nps,0,,Anna,,,,2026-11-17T12:00:00Z,\n"
    "d,open,,More tea,Anna,,,,2026-11-17T12:00:00Z,\n"
)


@pytest.fixture
def pulssi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Terminal:
    return Terminal(tmp_path, monkeypatch, PULSSI_DATABASE_URL=database_url)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Where one database says enough."""
    return Terminal(tmp_path, monkeypatch)


def kpi(pulssi: Terminal, survey: str = "csat", *more: str) -> dict[str, object]:
    found = pulssi.ok("kpi", "--survey", survey, *PERIOD, *more).json
    assert isinstance(found, dict)
    return found


def test_imported_answers_count_in_scores_and_in_no_rate(pulssi: Terminal) -> None:
    said = pulssi.ok("import", pulssi.file("a.csv", FILE))
    assert said.out == "4 rows imported, 0 were there already, 0 rejected.\n"
    found = kpi(pulssi, "csat", "--by", "team")
    assert (found["n"], found["value"], found["delivered"], found["answered"]) == (2, 50.0, 0, 0)
    assert found["by"] == [{"key": "Billing", "n": 2, "value": 50.0, "interval": [9.5, 90.5]}]
    assert kpi(pulssi, "nps")["value"] == -100.0
    assert "agree" in pulssi.ok("rollups", "--verify").out


def test_importing_again_doubles_nothing(pulssi: Terminal) -> None:
    without_id = "survey,score,answered_at\ncsat,5,2026-11-16\ncsat,5,2026-11-16\ncsat,4,2026-11-16\n"
    for file in (pulssi.file("a.csv", FILE), pulssi.file("b.csv", without_id)):
        pulssi.ok("import", file)
        before = kpi(pulssi)
        assert pulssi.ok("import", file).out.startswith("0 rows imported, ")
        assert kpi(pulssi) == before
    more = pulssi.file("c.csv", "answered_at;survey;score\n16.11.2026;csat;5,0\n16.11.2026;csat;5\n16.11.2026;csat;5\n")
    said = pulssi.ok("import", more, "--date-format", "%d.%m.%Y")
    assert said.out == "1 rows imported, 2 were there already, 0 rejected.\n"


def test_there_and_back_nothing_changes(pulssi: Terminal) -> None:
    first = pulssi.answered("mikko", 2, "=HYPERLINK(1)\n@all \N{BEAR FACE}", "--agent", "+Anna", "--ticket", "T-1")
    pulssi.answer(first, "mikko", ChangeWanted(), ScoreChosen(4))
    pulssi.answered("sanna", 0, "'=", "--tag", "vat", survey="nps")
    pulssi.ok("import", pulssi.file("a.csv", FILE))
    out = pulssi.ok("export", "--output", "all.csv")
    assert (out.out, out.err) == ("", "6 answers in all.csv\n")
    said = pulssi.ok("import", "all.csv", "--workspace", "copy")
    assert said.out == "6 rows imported, 0 were there already, 0 rejected.\n"
    copied = pulssi.ok("export", "--workspace", "copy")
    assert copied.bytes == (pulssi.folder / "all.csv").read_bytes()
    for survey in ("csat", "nps"):
        for more in ((), ("--by", "agent"), ("--by", "tag"), ("--by", "channel")):
            figures = [
                pulssi.ok("kpi", "--survey", survey, "--from", "2026-11-01", "--json", *more, "--workspace", one).json
                for one in ("default", "copy")
            ]
            for key in ("n", "value", "interval", "histogram", "by"):
                assert figures[0][key] == figures[1][key]
    assert pulssi.ok("import", "all.csv").out.startswith("0 rows imported, 6 were there")
    assert "agree" in pulssi.ok("rollups", "--verify").out


def test_the_columns_are_those_that_are_promised(small: Terminal) -> None:
    assert small.ok("export").bytes == (",".join(COLUMNS) + "\r\n").encode()
    small.ok("import", small.file("a.csv", FILE))
    rows = list(csv.DictReader(io.StringIO(small.ok("export").out)))
    assert list(rows[0]) == [*COLUMNS, "Plan"]
    assert rows[0]["history"] == '[{"score": 5, "at": "2026-11-16T12:00:00+00:00"}]'
    assert rows[1]["comment"] == "'=1+1"
    lines = [json.loads(line) for line in small.ok("export", "--format", "jsonl").out.splitlines()]
    assert lines[1]["comment"] == "=1+1"
    assert lines[1]["history"] == [{"score": 2, "at": "2026-11-17T12:00:00+00:00"}]
    assert lines[0]["tags"] == ["vat", "urgent"]


def test_a_period_is_of_local_days(small: Terminal) -> None:
    small.ok("import", small.file("a.csv", FILE))
    out = small.ok("export", "--from", "2026-11-16", "--to", "2026-11-16", "--format", "jsonl").out
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["a"]


def test_bad_rows_are_named_and_the_others_go_in(small: Terminal) -> None:
    file = small.file("a.csv", 'score,comment,answered_at\n5,"a\nb",2026-11-16\n9,,2026-11-16\n4,,\n1,,2026-11-16\n')
    for arguments, imported in ((("--dry-run",), "2 rows would be imported"), ((), "2 rows imported")):
        said = small("import", file, "--survey", "csat", *arguments)
        assert said.code == 1
        assert said.out.splitlines()[:2] == [
            "line 4: has the score '9', and 'csat' takes 1 to 5",
            "line 5: has no answered_at",
        ]
        assert said.out.splitlines()[2].startswith(imported)
    assert kpi(small)["n"] == 2


@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        ("", []),
        ("score\n5\n", ["--survey", "csat"]),
        ("score,answered_at\n5,2026-11-16\n", []),
        ("team,answered_at\nx,2026-11-16\n", ["--survey", "csat"]),
        ("score,score,answered_at\n5,5,2026-11-16\n", ["--survey", "csat"]),
        ("score,answered_at\n5,2026-11-16\n", ["--survey", "zzz"]),
        ("score,answered_at\n5,2026-11-16\n", ["--survey", "csat", "--column", "score"]),
        ("score,answered_at\n5,2026-11-16\n", ["--survey", "csat", "--column", "score=Rating"]),
        ("score,answered_at\n5,2026-11-16\n", ["--survey", "csat", "--date-format", "%H"]),
        ('score,answered_at\n5,2026-11-16\n4,"2026\n', ["--survey", "csat"]),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_its_first_row(
    small: Terminal, content: str, arguments: list[str]
) -> None:
    said = small("import", small.file("a.csv", content), *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert kpi(small)["n"] == 0


def test_an_export_appears_when_it_is_complete(small: Terminal) -> None:
    small.file("a.jsonl", "old")
    small.ok("export", "--format", "jsonl", "--output", "a.jsonl")
    assert (small.folder / "a.jsonl").read_bytes() == b""
    assert (small.folder / "a.jsonl").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in small.folder.iterdir()) == ["a.jsonl", "var"]
    for arguments in (("--output", "no/such/folder.csv"), ("--output", "/dev/null"), ("--format", "xlsx")):
        said = small("export", *arguments)
        assert (said.code, said.err.count("\n")) == (2, 1)


NASTY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30) | st.sampled_from(
    ["=1+1", "'=1", "''", '"', '""\n"', "a\rb", "\r\n", " x ", "\N{BEAR FACE}", "\ufeff", ",;\t|", "\u2028"]
)


@given(st.lists(st.tuples(NASTY, NASTY), min_size=1, max_size=4))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_as_it_was(small: Terminal, texts: list[tuple[str, str]]) -> None:
    header = ["id", "score", "comment", "customer", "answered_at"]
    rows = [[f"r{number}", "5", words, name, "2026-11-16T12:00:00Z"] for number, (words, name) in enumerate(texts)]

    async def there_and_back(opened: Pulssi) -> None:
        first, second = (ExportRequest(f"w{opened.context.ids.new()}") for _ in range(2))
        given = [header, *([guarded(cell) for cell in row] for row in rows)]
        await _import(opened, _file(small, _csv(given)), first.workspace)
        lines = [line async for line in opened.exporting.csv(first)]
        await _import(opened, _file(small, "".join(lines)), second.workspace)
        assert [line async for line in opened.exporting.csv(second)] == lines
        kept = {found["id"]: found async for line in opened.exporting.jsonl(second) if (found := json.loads(line))}
        for name, _, words, customer, _ in rows:
            assert kept[name]["comment"] == (words if words.strip() else "")
            assert kept[name]["customer"] == customer.strip()

    small.inside(there_and_back)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _file(small: Terminal, text: str) -> Path:
    return Path(small.file("nasty.csv", text))


async def _import(opened: Pulssi, path: Path, workspace: str) -> None:
    await opened.store.write(lambda uow: ensure_workspace(uow, opened.context, workspace))
    request = ImportRequest(workspace=workspace, table=open_table(path), survey="csat")
    report = await opened.importing.run(request, Watcher())
    assert report.rejected == 0


def test_one_customer_stands_for_one_text(pulssi: Terminal) -> None:
    pulssi.ok("import", pulssi.file("a.csv", FILE))

    async def look(opened: Pulssi) -> None:
        known = await opened.people.at("default", import_address("Anna"))
        assert len(known.invitations) == 3
        assert known.customer.name == "Anna"

    pulssi.inside(look)


def test_nobody_is_asked_and_nothing_is_posted(small: Terminal) -> None:
    small.ok("import", small.file("a.csv", FILE))

    async def look(opened: Pulssi) -> None:
        async with opened.store.reading() as uow:
            assert (await uow.outbox.waiting("default"))["rows"] == 0
            assert not await uow.invitations.due(opened.context.clock.now(), 10)

    small.inside(look)
    assert small.ok("summary", "--week", "2026-W47", "--json").json["funnel"]["considered"] == 0
