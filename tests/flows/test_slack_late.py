"""A database that is slow or away: Slack gets no acknowledgement in time, and what was stored late counts once."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests.flows.server import RunningServer
from tests.flows.slack import SECONDS, WAYS, works
from tests.flows.slack_crowd import Crowd
from tests.flows.telegram import exported, until
from tests.slack_api.deliveries import Delivery
from tests.slack_api.people import Person
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi

WORDS = "Hidas palvelu"
HISTORY = "SELECT invitation_id, at FROM history ORDER BY 1, 2"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another program writes for as long as this is open."""
    database = sqlite3.connect(folder / "pulssi.db", isolation_level=None, timeout=10)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("way", WAYS)
def test_a_database_that_is_locked_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    crowd = Crowd(SlackApi(), tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'pulssi.db'}", size=3)
    crowd.gather(monkeypatch)
    kim, sam, lee = crowd.people
    with in_thread(crowd.api) as url, crowd.server(url, way) as server:
        works(crowd.api, server)
        a_late_tap_counts_once(crowd, kim, way)
        a_late_comment_counts_once(crowd, sam, server)
        a_lost_tap_is_as_none(crowd, lee, server, way)
        crowd.check(person.id for person in crowd.people)
        crowd.check_figures(server)


def a_late_tap_counts_once(crowd: Crowd, person: Person, way: str) -> None:
    with held(crowd.folder):
        [late] = crowd.tap([person])
        crowd.settle([late])
    refused(late, way)
    until(lambda: len(crowd.rows("SELECT 1 FROM response")) == 1)
    crowd.check([person.id])
    [again] = crowd.tap([person])
    crowd.settle([again])
    assert again.acknowledged
    crowd.check([person.id])


def a_late_comment_counts_once(crowd: Crowd, person: Person, server: RunningServer) -> None:
    """An event comes again by itself; then it is known."""
    crowd.settle(crowd.tap([person]))
    with held(crowd.folder):
        person.say(WORDS)
        event = crowd.api.events[-1]
        crowd.api.wait(lambda: event.attempts, SECONDS)
        assert not event.acknowledged
    crowd.api.wait(lambda: event.acknowledged, SECONDS)
    before = crowd.rows(HISTORY)
    repeated = crowd.api.resend(event)
    crowd.settle([repeated])
    assert repeated.acknowledged
    assert crowd.rows(HISTORY) == before
    assert [row["comment"] for row in exported(server) if row["comment"]] == [WORDS]


def a_lost_tap_is_as_none(crowd: Crowd, person: Person, server: RunningServer, way: str) -> None:
    """The database is held for longer than the program waits for its turn."""
    before = crowd.rows(HISTORY)
    with held(crowd.folder):
        [lost] = crowd.tap([person])
        crowd.settle([lost])
        until(lambda: "slack event not stored" in server.output)
    refused(lost, way)
    assert crowd.rows(HISTORY) == before
    crowd.settle(crowd.tap([person]))


@pytest.mark.postgres
@pytest.mark.timeout(150)
@pytest.mark.parametrize("way", WAYS)
def test_a_database_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_server: str, postgres_url: str, way: str
) -> None:
    api = SlackApi()
    crowd = Crowd(api, tmp_path, postgres_url, size=2)
    crowd.gather(monkeypatch)
    kim, sam = crowd.people
    with in_thread(api) as url, crowd.server(url, way) as server:
        works(api, server)
        with away(postgres_server, postgres_url):
            [tap] = crowd.tap([kim])
            sam.say(WORDS)
            event = api.events[-1]
            crowd.settle([tap])
            api.wait(lambda: event.attempts == 2, SECONDS)
        refused(tap, way)
        assert not event.acknowledged
        until(lambda: httpx.get(f"{server.url}/readyz").status_code == 200)
        api.redeliver()
        [again] = crowd.tap([kim])
        crowd.settle([again, event])
        assert again.acknowledged
        assert event.acknowledged
        crowd.check([kim.id])


def refused(tap: Delivery, way: str) -> None:
    """Slack heard of no success: 503 by HTTP, no acknowledgement over the socket."""
    assert not tap.acknowledged
    assert (tap.status, tap.trouble) == ((503, "http_error") if way == "http" else (None, "http_timeout"))


@contextmanager
def away(server: str, database: str) -> Iterator[None]:
    """Nobody gets into the database, and whoever was in it is thrown out."""
    name = make_url(database).database
    thrown = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608  # our own
    _execute(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false", thrown)
    try:
        yield
    finally:
        _execute(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def _execute(server: str, *statements: str) -> None:
    async def work() -> None:
        engine = create_async_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                for statement in statements:
                    await connection.exec_driver_sql(statement)
        finally:
            await engine.dispose()

    asyncio.run(work())
