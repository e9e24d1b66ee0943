"""An import that is stopped, or that something happens beside, ends as if nothing had been."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.service.importing import Importing, ImportRequest, open_table
from bot.service.importing.pace import SMALLEST_READY
from bot.service.importing.writing import Watcher
from bot.service.people import import_address
from storage.keys import Keyring
from tests.flows.server import environment, pulssi
from tests.world import World, world

ROWS = 9000


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


def file_of(folder: Path, rows: int, *, id_column: bool = True) -> Path:
    header = "id,survey,score,customer,answered_at" if id_column else "x,survey,score,customer,answered_at"
    lines = [f"r{n},csat,{n % 5 + 1},Anna,2026-11-10T12:00:00Z" for n in range(rows)]
    path = folder / "rows.csv"
    path.write_text("\n".join((header, *lines)), encoding="utf-8")
    return path


@pytest.mark.timeout(180)
def test_ctrl_c_keeps_what_is_in_and_running_again_goes_on(tmp_path: Path) -> None:
    file = str(file_of(tmp_path, ROWS))
    terminal, standard_error = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "import", file], cwd=tmp_path, env=environment(tmp_path, TERM="xterm"),
        stdout=subprocess.PIPE, stderr=standard_error, text=True,
    )  # fmt: skip
    os.close(standard_error)
    seen = ""
    while not re.search(r"\b[1-9][0-9]?%", seen):  # the bar on the terminal: some rows are in, most are not
        seen += os.read(terminal, 4096).decode(errors="replace")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    stopped = re.search(r"Stopped: (\d+) rows are in\. Running it again goes on from there\.", _rest(terminal))
    assert (process.returncode, out) == (130, "")
    assert stopped is not None
    assert 0 < int(stopped[1]) < ROWS
    again = pulssi(tmp_path, "import", file)
    left = ROWS - int(stopped[1])
    assert again.stdout == f"{left} rows imported, {stopped[1]} were there already, 0 rejected.\n", again.stderr
    assert f'"n": {ROWS},' in pulssi(tmp_path, "kpi", "--survey", "csat", "--from", "2026-11-09", "--json").stdout


def _rest(terminal: int) -> str:
    text = b""
    try:
        while part := os.read(terminal, 4096):
            text += part
    except OSError:  # what Linux says when the last process has closed the other end
        pass
    finally:
        os.close(terminal)
    return text.decode(errors="replace")


async def test_a_customer_who_is_erased_meanwhile_comes_back_without_the_past(here: World, tmp_path: Path) -> None:
    erased: list[str] = []

    async def pause(_seconds: float) -> None:
        if erased:
            return
        async with here.store.reading() as uow:
            anna = await uow.customers.at("default", import_address("Anna"))
        assert anna is not None
        erased.append(anna.id)
        await here.store.write(lambda uow: uow.customers.erase(anna.id))

    table = open_table(file_of(tmp_path, 3 * SMALLEST_READY))
    report = await Importing(here.store, here.context, pause).run(
        ImportRequest(workspace="default", table=table), Watcher()
    )
    assert (report.imported, report.known, report.rejected) == (3 * SMALLEST_READY, 0, 0)
    owned = await here.rows("SELECT count(*) FROM invitation WHERE customer_id IS NOT NULL")
    assert owned == [(2 * SMALLEST_READY,)]
    assert await here.rows("SELECT count(*) FROM customer") == [(1,)]


async def test_two_imports_of_one_file_at_once_double_nothing(here: World, tmp_path: Path) -> None:
    table = open_table(file_of(tmp_path, 3 * SMALLEST_READY, id_column=False))
    other: list[int] = []

    async def pause(_seconds: float) -> None:
        if not other:
            other.append(0)
            report = await Importing(here.store, here.context, nothing).run(request, Watcher())
            other[0] = report.imported

    async def nothing(_seconds: float) -> None:
        return

    request = ImportRequest(workspace="default", table=table)
    report = await Importing(here.store, here.context, pause).run(request, Watcher())
    assert (report.imported + other[0], report.seen) == (3 * SMALLEST_READY, 3 * SMALLEST_READY)
    assert await here.rows("SELECT count(*) FROM invitation") == [(3 * SMALLEST_READY,)]
