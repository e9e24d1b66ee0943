"""The weekly message of the real process, over restarts at the due time: one per local week."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.weeks import DAY_NAMES, Week
from tests.flows.server import RunningServer, pulssi
from tests.flows.visitor import Message, Visitor

LONGEST_WAIT = 90.0


def born_last_week(folder: Path) -> Week:
    """A workspace that has existed since the middle of the last full week; that week."""
    assert pulssi(folder, "kpi", "--survey", "csat").returncode == 0
    this = Week.of(datetime.now(UTC).date())  # noqa: TID251  # the real process reads the real clock too
    born = datetime.combine(this.monday - timedelta(days=4), datetime.min.time(), UTC)
    with sqlite3.connect(folder / "var" / "pulssi.db") as database:
        database.execute("UPDATE workspace SET created_at = ?", (born.strftime("%Y-%m-%d %H:%M:%S.%f"),))
    database.close()
    return this.previous()


def rows(folder: Path, query: str) -> list[Any]:
    database = sqlite3.connect(folder / "var" / "pulssi.db", timeout=10)
    found = database.execute(query).fetchall()
    database.close()
    return found


def owners(server: RunningServer, token: str) -> Visitor:
    """The owner's channel, read as the page reads it."""
    desk = httpx.get(f"{server.url}/chat/desk", headers={"Authorization": f"Bearer {token}"}).json()
    owner = Visitor(server.url, patience=LONGEST_WAIT)
    owner.session["token"] = desk["owner_token"]
    return owner


def titles(owner: Visitor) -> list[str]:
    """Of everything that stands in the channel now."""
    shown = []
    for event, _, data in owner.stream():
        if event == "ready":
            break
        shown.append(str(data["prompt"]["title"]))
    return shown


@pytest.mark.timeout(180)
def test_one_message_over_a_kill_at_the_due_minute(tmp_path: Path) -> None:
    week = born_last_week(tmp_path)
    now = datetime.now(UTC)  # noqa: TID251  # see above
    # The next full minute that leaves the server ten seconds to start.
    due = (now + timedelta(seconds=70)).replace(second=0)
    at = f"{DAY_NAMES[due.weekday()][:3]} {due:%H:%M}"
    with RunningServer(tmp_path, PULSSI_SUMMARY_AT=at) as server:
        token = server.claim()
        owner = owners(server, token)
        assert rows(tmp_path, "SELECT week FROM summary") == []
        owner.until(is_summary)
        server.kill()
        for _ in range(2):
            server.start()
            assert len(titles(owner)) == 1
            server.kill()
        owner.close()
    assert rows(tmp_path, "SELECT week FROM summary") == [(str(week),)]
    assert rows(tmp_path, "SELECT count(*) FROM summary_post") == [(1,)]


@pytest.mark.timeout(90)
def test_a_message_missed_while_down_comes_late_once_and_says_so(tmp_path: Path) -> None:
    week = born_last_week(tmp_path)
    with RunningServer(tmp_path, PULSSI_SUMMARY_AT="mon 00:00") as server:
        owner = owners(server, server.claim())
        late = owner.until(is_summary)
        server.kill()
        server.start()
        [title] = titles(owner)
        owner.close()
    assert f"Week {week.number}" in title
    assert "late" in " ".join(late["prompt"]["lines"])
    assert rows(tmp_path, "SELECT week FROM summary") == [(str(week),)]


def is_summary(message: Message) -> bool:
    return bool(message["prompt"]["kind"] == "summary")
