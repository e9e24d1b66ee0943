"""The main job with the real program: processes, a real database, real HTTP."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import require
from tests.flows.server import RunningServer
from tests.flows.visitor import Visitor


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, PULSSI_TIMEZONE="Europe/Helsinki") as running:
        yield running


def ask(server: RunningServer, visitor: Visitor, survey: str = "nps", *more: str) -> dict[str, object]:
    done = server.cli("ask", "--survey", survey, "--to", visitor.address, "--json", *more)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def kpi(server: RunningServer, survey: str = "nps") -> dict[str, object]:
    done = server.cli("kpi", "--survey", survey, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(120)
def test_nps_zero_then_ten_is_one_response_with_two_history_entries(server: RunningServer) -> None:
    visitor = Visitor(server.url)
    asked = ask(server, visitor)
    assert (asked["state"], asked["verdict"]) == ("scheduled", {"ask": True, "reason": None, "not_before": None})
    question = visitor.question()
    visitor.see(question)
    assert visitor.tap(question, 0).status_code == 200
    assert {key: kpi(server)[key] for key in ("n", "value", "answered")} == {"n": 1, "value": -100.0, "answered": 1}
    assert visitor.tap(question, 10).status_code == 200
    figures = kpi(server)
    assert (figures["n"], figures["value"]) == (1, 100.0)
    exported = server.cli("export", "--format", "jsonl")
    [row] = [json.loads(line) for line in exported.stdout.splitlines()]
    assert (row["score"], [entry["score"] for entry in row["history"]]) == (10, [0, 10])
    assert server.cli("rollups", "--verify").returncode == 0
    visitor.close()


def strings(folder: Path) -> str:
    """What the tool of this name finds in the database file and its write-ahead log."""
    tool = shutil.which("strings")
    if tool is None:
        require("strings", "binutils is not installed")
    files = [str(path) for path in (folder / "var").glob("pulssi.db*")]
    return subprocess.run([tool, "-a", *files], capture_output=True, text=True, check=True).stdout


@pytest.mark.timeout(120)
def test_the_database_file_holds_no_comment_name_or_address_in_the_clear(server: RunningServer) -> None:
    planted = []
    token = server.claim(name="Plantedowner Secretname")
    for number in range(34):
        visitor = Visitor(server.url)
        name, comment = f"Plantedname{number}", f"plantedcomment{number}"
        planted += [visitor.address.removeprefix("webchat:"), name, comment]
        body = {"to": visitor.address, "survey": "csat", "agent": name, "subject": f"Plantedsubject{number}"}
        assert server.post("/chat/asks", token, body).status_code == 200
        question = visitor.question()
        visitor.see(question)
        visitor.tap(question, number % 5 + 1).raise_for_status()
        visitor.send("comment", token=question["prompt"]["token"], text=comment).raise_for_status()
        visitor.close()
    assert len(planted) > 100
    found = b"".join(path.read_bytes() for path in (server.folder / "var").glob("pulssi.db*"))
    assert b"invitation" in found
    shown = strings(server.folder)
    assert "seen_event" in shown
    for text in [*planted, "Plantedowner", "Plantedsubject"]:
        assert text not in shown
        assert text.encode() not in found, text
        assert text.encode("utf-16-le") not in found, text


@pytest.mark.timeout(90)
def test_a_poison_event_is_parked_and_stops_nothing(server: RunningServer) -> None:
    visitor, other = Visitor(server.url), Visitor(server.url)
    questions = []
    for who in (visitor, other):
        ask(server, who, "csat")
        questions.append(who.question())
        who.see(questions[-1])
    # The database refuses this one answer, whoever writes it: a fault that no code of ours foresaw.
    with sqlite3.connect(server.folder / "var" / "pulssi.db", timeout=10) as database:
        database.execute(
            "CREATE TRIGGER poison BEFORE INSERT ON response WHEN NEW.score = 1 "
            "BEGIN SELECT RAISE(ABORT, 'poison'); END"
        )
    database.close()
    assert visitor.tap(questions[0], 1).status_code == 200
    assert other.tap(questions[1], 5).status_code == 200
    assert kpi(server, "csat")["n"] == 1
    doctor = server.cli("doctor")
    assert "parked" in doctor.stdout.casefold()
    assert doctor.returncode == 1
    assert visitor.tap(questions[0], 3).status_code == 200
    assert kpi(server, "csat")["n"] == 2
    visitor.close()
    other.close()


def test_a_taken_port_is_told_in_one_line(server: RunningServer) -> None:
    done = server.cli("serve", "--port", str(server.port))
    assert done.returncode == 1
    assert f":{server.port}" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
