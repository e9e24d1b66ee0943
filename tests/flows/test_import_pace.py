"""Long work beside a server: short transactions with pauses between them, and few statements in each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.bootstrap import Pulssi
from bot.demo import fill
from bot.service.importing import Importing, ImportRequest, open_table
from bot.service.importing.pace import LARGEST, PAUSE_SECONDS, SMALLEST, WANTED_SECONDS, Pace
from bot.service.importing.writing import Watcher
from bot.values import replace
from storage.keys import Keyring
from tests.flows.commands import Terminal
from tests.world import TestClock, World, world

ROWS = 900


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


def file_of(folder: Path, rows: int) -> Path:
    lines = [f"{n % 5 + 1},customer-{n},2026-11-10T12:00:00Z" for n in range(rows)]
    path = folder / "rows.csv"
    path.write_text("\n".join(("score,customer,answered_at", *lines)), encoding="utf-8")
    return path


async def test_new_customers_come_in_with_their_chunk(here: World, tmp_path: Path) -> None:
    """A transaction takes some twenty statements, however many people it brings."""
    selects: list[str] = []
    pauses: list[float] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "customer" in statement and statement.startswith("SELECT"):
            selects.append(statement)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    event.listen(here.engine.sync_engine, "before_cursor_execute", note)
    request = ImportRequest(workspace="default", table=open_table(file_of(tmp_path, ROWS)), survey="csat")
    report = await Importing(here.store, here.context, pause).run(request, Watcher())
    assert (report.imported, report.rejected) == (ROWS, 0)
    assert await here.rows("SELECT count(*), count(DISTINCT customer_id) FROM invitation") == [(ROWS, ROWS)]
    assert await here.rows("SELECT count(*) FROM customer") == [(ROWS,)]
    assert all(0 <= seconds <= PAUSE_SECONDS for seconds in pauses)
    assert len(pauses) >= 2
    assert len(selects) <= 3 * len(pauses) < ROWS


def test_a_chunk_takes_the_time_that_is_wanted() -> None:
    pace = Pace()
    for _ in range(50):
        pace.took(pace.size, pace.size * WANTED_SECONDS / 200)
    assert 150 <= pace.size <= 200
    before = pace.size
    pace.took(before, WANTED_SECONDS / 100)
    assert before < pace.size <= 1.5 * before
    pace.took(pace.size, 100)
    assert pace.size == SMALLEST
    for _ in range(50):
        pace.took(pace.size, WANTED_SECONDS / 1000)
    assert pace.size == LARGEST
    pace.took(0, 0)
    assert pace.size == LARGEST


def test_sample_history_leaves_a_server_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    steps: list[tuple[int, int]] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def made(opened: Pulssi) -> int:
        # Time stands still, or a question of the sample would become due between the two runs.
        still = replace(opened, context=replace(opened.context, clock=TestClock()))
        return await fill(still, lambda done, total: steps.append((done, total)), pause)

    terminal = Terminal(tmp_path, monkeypatch)
    assert terminal.inside(made) > 1000
    assert steps[-1][0] == steps[-1][1]
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    assert pauses == [PAUSE_SECONDS] * len(steps)
    assert terminal.inside(made) == 0
