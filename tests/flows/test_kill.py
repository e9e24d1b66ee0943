"""`kill -9` amid taps: what was answered is stored, once."""

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.flows.server import RunningServer
from tests.flows.visitor import Message, Visitor

IN_FLIGHT = 200
ENOUGH = 50


@dataclass
class Crowd:
    """Twenty visitors with a question each, and the taps that the server answered with 200."""

    visitors: list[Visitor] = field(default_factory=list)
    questions: list[Message] = field(default_factory=list)
    answered: list[tuple[int, str, int]] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def gather(self, server: RunningServer) -> None:
        token = server.claim()
        for _ in range(20):
            visitor = Visitor(server.url)
            server.post("/chat/asks", token, {"to": visitor.address, "survey": "nps"}).raise_for_status()
            question = visitor.question()
            visitor.see(question)
            self.visitors.append(visitor)
            self.questions.append(question)

    def tap(self, number: int) -> None:
        who, score, event_id = number % len(self.visitors), number % 11, str(uuid.uuid4())
        try:
            status = self.send(who, event_id, score)
        except httpx.TransportError:
            return
        if status == 200:
            self.answered.append((who, event_id, score))
        if len(self.answered) >= ENOUGH:
            self.enough.set()

    def send(self, who: int, event_id: str, score: int) -> int:
        token = self.questions[who]["prompt"]["token"]
        return self.visitors[who].send("score", event_id=event_id, token=token, score=score).status_code


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path) as running:
        yield running


@pytest.fixture
def crowd(server: RunningServer) -> Iterator[Crowd]:
    gathered = Crowd()
    gathered.gather(server)
    yield gathered
    for visitor in gathered.visitors:
        visitor.close()


@pytest.mark.timeout(120)
def test_every_tap_answered_before_the_kill_is_there_once(server: RunningServer, crowd: Crowd) -> None:
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        taps = [pool.submit(crowd.tap, number) for number in range(IN_FLIGHT)]
        assert crowd.enough.wait(60)
        server.kill()
        for one in taps:
            one.result(60)
    server.start()
    with sqlite3.connect(server.folder / "var" / "pulssi.db") as database:
        [(remembered,)] = database.execute("SELECT count(*) FROM seen_event")
        responses, people = database.execute("SELECT count(*), count(DISTINCT invitation_id) FROM response").fetchone()
    database.close()
    assert len(crowd.answered) >= ENOUGH
    assert remembered >= len(crowd.answered)
    assert 20 >= responses == people >= len({who for who, _, _ in crowd.answered})
    # The same taps again, as from clients that heard nothing: known ids change nothing.
    before = server.cli("export", "--format", "jsonl").stdout
    assert before.count("\n") == responses
    assert {crowd.send(*tap) for tap in crowd.answered} == {200}
    assert server.cli("export", "--format", "jsonl").stdout == before
    verified = server.cli("rollups", "--verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
