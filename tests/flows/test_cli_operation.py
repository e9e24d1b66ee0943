"""`pulssi doctor`, `migrate`, `rollups`, `summary`, `kpi`, and how commands end."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.address import Address
from bot.bootstrap import Pulssi
from bot.events import Arrival, OptedOut
from tests.flows.commands import Terminal
from tests.flows.server import environment

HELP_SECONDS = 2.0  # 0.15 on a quiet machine


@pytest.fixture
def pulssi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Terminal:
    return Terminal(tmp_path, monkeypatch, PULSSI_DATABASE_URL=database_url)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Where one database says enough."""
    return Terminal(tmp_path, monkeypatch)


def test_migrate_says_what_happened(pulssi: Terminal) -> None:
    assert pulssi.ok("migrate").out.startswith("Made the tables")
    assert pulssi.ok("migrate").out.startswith("Nothing to do")


def test_a_healthy_installation_is_healthy(pulssi: Terminal) -> None:
    said = pulssi.ok("doctor", "--json")
    assert said.json["ok"] is True
    names = [check["name"] for check in said.json["checks"]]
    assert names == ["key", "database", "migration", "server", "parked events", "messages on their way", "channels",
                     "clock", "business name", "next summary", "low scores", "weekly message"]  # fmt: skip
    assert "WRONG" not in pulssi.ok("doctor").out


def test_doctor_shows_where_a_setting_comes_from_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    secret = "0123456789abcdef" * 4
    address = postgres_url.replace("postgres@", "postgres:hunter2@")
    pulssi = Terminal(
        tmp_path, monkeypatch, PULSSI_DATABASE_URL=address, PULSSI_SECRET_KEY=secret, PULSSI_BUSINESS_NAME="Env Oy"
    )

    async def rename(opened: Pulssi) -> None:
        from dataclasses import replace  # noqa: PLC0415

        async with opened.store.reading() as uow:
            found = await uow.workspaces.get("default")
        assert found is not None
        changed = replace(found, settings={"business_name": "Owner Oy"})
        await opened.store.write(lambda uow: uow.workspaces.change(changed))

    pulssi.inside(rename)
    said = pulssi.ok("doctor", "--json")
    stated = {one["name"]: one for one in said.json["settings"]}
    assert stated["business_name"] == {
        "name": "business_name", "value": "Owner Oy", "source": "owner", "environment": "Env Oy"
    }  # fmt: skip
    assert stated["timezone"]["source"] == "default"
    assert stated["secret_key"]["value"] == "set, not shown"
    for shown in (said.out, pulssi.ok("doctor").out):
        assert secret not in shown
        assert "hunter2" not in shown


def test_doctor_finds_what_is_wrong(small: Terminal) -> None:
    small.asked("mikko")

    async def park(opened: Pulssi) -> None:
        arrival = Arrival(event_id="e1", workspace="default", address=Address("webchat", "x"), event=OptedOut())
        now = opened.context.clock.now()
        await opened.store.write(lambda uow: uow.events.park(arrival, "DataError", now))

    small.inside(park)
    said = small("doctor", "--json")
    assert said.code == 1
    wrong = {check["name"]: check["text"] for check in said.json["checks"] if not check["ok"]}
    assert set(wrong) == {"parked events", "messages on their way"}
    assert "e1: DataError" in wrong["parked events"]


def test_doctor_speaks_when_the_database_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Terminal(tmp_path, monkeypatch, PULSSI_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    said = away("doctor", "--json")
    assert (said.code, said.json["ok"]) == (1, False)
    assert [check["name"] for check in said.json["checks"] if not check["ok"]] == ["database"]


def test_another_key_is_refused_in_one_line(small: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    small.ok("migrate")
    monkeypatch.setenv("PULSSI_SECRET_KEY", "ab" * 32)
    said = small("export")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith("The secret key is not the one")


def test_rollups_find_a_counter_that_is_wrong(pulssi: Terminal) -> None:
    pulssi.answered("mikko", 5)
    assert pulssi.ok("rollups", "--verify").out == "The counters agree with a recount.\n"

    async def spoil(opened: Pulssi) -> None:
        async with opened.engine.begin() as connection:
            await connection.execute(text("UPDATE rollup_delta SET n = n + 1 WHERE measure = 'score_5'"))

    pulssi.inside(spoil)
    said = pulssi("rollups", "--verify")
    assert said.code == 1
    assert "score_5: counted 2, recounted 1" in said.out
    assert pulssi("rollups").code == 2


def test_kpi_says_what_the_figure_is(small: Terminal) -> None:
    small.answered("mikko", 5, "", "--team", "Billing")
    said = small.ok("kpi", "--survey", "csat", "--by", "team").out
    assert "Billing" in said
    assert "100.0" in said
    assert "Share of answers of 4\u20135 on the scale 1\u20135." in " ".join(said.split())
    for survey in ("nps", "ces", "open"):
        small.ok("kpi", "--survey", survey)
    assert small("kpi", "--survey", "zzz").code == 2
    for wrong in (("--by", "moon"), ("--from", "16.11.2026"), ("--from", "2026-11-17", "--to", "2026-11-16")):
        assert small("kpi", "--survey", "csat", *wrong).code == 2


def test_the_summary_is_shown_and_posted(small: Terminal) -> None:
    assert small.ok("summary", "--json").json["workspace"] == "default"
    assert small.ok("summary", "--week", "2026-W47", "--text").out.startswith("Week 47")
    said = small.ok("summary", "--post")
    assert "On its way to webchat:owner" in said.err
    assert small.ok("summary", "--post").out.startswith("Sent again")
    for wrong in (("--json", "--text"), ("--week", "47"), ("--week", "2026-W60")):
        assert small("summary", *wrong).code == 2


def test_help_is_quick_and_names_every_command(small: Terminal) -> None:
    begin = time.perf_counter()
    said = subprocess.run(
        [sys.executable, "-m", "bot", "--help"], capture_output=True, text=True, timeout=20, check=True,
        env=environment(small.folder),
    )  # fmt: skip
    assert time.perf_counter() - begin < HELP_SECONDS
    for command in ("serve", "ask", "cancel", "summary", "kpi", "import", "export", "customer", "surveys", "member",
                    "api-key", "doctor", "migrate", "rollups"):  # fmt: skip
        assert f"\n  {command} " in said.stdout


def test_help_loads_nothing_heavy() -> None:
    heavy = ("sqlalchemy", "pydantic", "fastapi", "uvicorn", "babel", "alembic", "apscheduler")
    look = f"import sys, bot.cli; print([name for name in {heavy!r} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=20, check=True)
    assert said.stdout.strip() == "[]"


def test_an_import_can_be_interrupted_and_goes_on(small: Terminal) -> None:
    rows = "".join(f"r{number},5,Customer {number},2026-11-16\n" for number in range(1200))
    file = small.file("a.csv", f"id,score,customer,answered_at\n{rows}")
    small.ok("migrate")
    command = [sys.executable, "-m", "bot", "import", file, "--survey", "csat"]
    process = subprocess.Popen(
        command, cwd=small.folder, env=environment(small.folder), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while not _imported(small):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    there = _imported(small)
    assert err == f"Stopped: {there} rows are in. Running it again goes on from there.\n"
    assert small.ok("import", file, "--survey", "csat").out.startswith(
        f"{1200 - there} rows imported, {there} were there"
    )


def _imported(small: Terminal) -> int:
    return int(small.ok("kpi", "--survey", "csat", "--from", "2026-11-16", "--json").json["n"])


def test_a_reader_that_has_enough_is_no_failure_to_speak_of(small: Terminal) -> None:
    rows = "".join(f"r{number},5,{'words ' * 40},2026-11-16\n" for number in range(1500))
    small.ok("import", small.file("a.csv", f"id,score,comment,answered_at\n{rows}"), "--survey", "csat")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "export"], cwd=small.folder, env=environment(small.folder),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"id,survey")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(20) == 141
