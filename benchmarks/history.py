"""A year of answers: one day as the program saves it, copied by SQL to every other day, and kept between runs."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, MetaData, String, Table, literal, make_url, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from benchmarks.place import Place
from bot.bootstrap import Pulssi
from bot.business import Business
from bot.invitation import Answer, Interaction, Invitation, Part, State
from bot.ports import Saved, StoredSurvey
from bot.steps import ScoreKept
from bot.values import replace
from bot.workspace import Customer
from storage.invitations import HISTORY, INVITATIONS, RESPONSES, InvitationRows
from storage.mapping import customer_values
from storage.rollups import ROLLUPS, RollupRows
from storage.sql import is_postgres, table
from storage.tables import CustomerRow

RECIPE: Final = 1  # counts up when the history is to be another one, and old ones are not to be used
WORKSPACE: Final = "default"
LAST: Final = date(2026, 11, 22)  # a Sunday
DAYS: Final = 52 * 7
A_DAY: Final = 275  # answers
SILENT: Final = 75  # of a day, who saw the question and did not answer
SHARES: Final = {"csat": 6, "nps": 3, "ces": 1}
AGENTS, TEAMS, TAGS, TOUCHPOINTS = 20, 4, 10, 3
DAYS_A_COMMIT: Final = 4
FILLED: Final = "bench_filled"
COPIED: Final = (INVITATIONS, RESPONSES, HISTORY)
_MOMENTS: Final = Table(
    "seed_moment",
    MetaData(),
    Column("prefix", String),
    Column("moment", INVITATIONS.c.decided_at.type),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class Year:
    """`copies` times 275 answers a day for 52 weeks that end on `LAST`."""

    copies: int

    @property
    def answers(self) -> int:
        return DAYS * self.answers_a_day

    @property
    def answers_a_day(self) -> int:
        return A_DAY * self.copies

    @property
    def name(self) -> str:
        return f"year{RECIPE}x{self.copies}"


async def kept(place: Place, year: Year) -> tuple[Place, float]:
    """The place beside this one that holds the year, and the seconds that filling took, 0.0 when it was there."""
    here = replace(place, url=_url_of(place, year))
    if await _is_filled(here):
        return here, 0.0
    await _emptied(place, here)
    began = time.monotonic()
    async with here.opened() as pulssi:
        await _fill(pulssi, year)
    return here, time.monotonic() - began


def _url_of(place: Place, year: Year) -> str:
    url = make_url(place.url)
    sqlite = url.get_backend_name() == "sqlite"
    name = str(place.folder / f"{year.name}.db") if sqlite else f"pulssi_{year.name}"
    return url.set(database=name).render_as_string(hide_password=False)


def _is_filled_file(path: Path) -> bool:
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (FILLED,)).fetchone() is not None


async def _is_filled(place: Place) -> bool:
    url = make_url(place.url)
    if url.get_backend_name() == "sqlite":
        return _is_filled_file(Path(url.database or ""))
    engine = create_async_engine(url.set(database="postgres"), poolclass=NullPool)
    async with engine.connect() as connection:
        there = await connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": url.database})
    if there is None:
        return False
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        return (await connection.scalar(text("SELECT to_regclass(:name)"), {"name": FILLED})) is not None


async def _emptied(place: Place, here: Place) -> None:
    """Without what a fill that was cut off left."""
    url = make_url(here.url)
    if url.get_backend_name() == "sqlite":
        for left in place.folder.glob(f"{Path(url.database or '').name}*"):
            left.unlink()
        return
    engine = create_async_engine(url.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {url.database}")
        await connection.exec_driver_sql(f"CREATE DATABASE {url.database}")


async def _fill(pulssi: Pulssi, year: Year) -> None:
    days = [LAST - timedelta(days=back) for back in reversed(range(DAYS))]
    async with pulssi.engine.connect() as connection:
        if not is_postgres(connection):
            # Outside of any transaction. Nobody misses what a power cut takes from a half filled file.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")
        seeds = await _seeded(pulssi, connection)
        indexes = sorted((index for one in COPIED for index in one.indexes), key=lambda index: str(index.name))
        for index in indexes:
            await connection.run_sync(index.drop)
        await connection.commit()
        for at in range(0, DAYS, DAYS_A_COMMIT):
            for day in days[at : at + DAYS_A_COMMIT]:
                await seeds.sow(connection, day, year.copies)
            await connection.commit()
        for index in indexes:
            await connection.run_sync(index.create)
        await connection.exec_driver_sql("ANALYZE")
        await connection.exec_driver_sql(f"CREATE TABLE {FILLED} (recipe INTEGER)")
        await connection.commit()


@dataclass(frozen=True, slots=True)
class _Seeds:
    """Tables of this connection alone with one day's rows."""

    tables: dict[str, Table]

    async def sow(self, connection: AsyncConnection, day: date, copies: int) -> None:
        morning = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
        moments = [
            {"prefix": f"{day:%y%m%d}{copy:04}", "moment": morning + copy * timedelta(hours=12) / copies}
            for copy in range(copies)
        ]
        await connection.execute(_MOMENTS.delete())
        await connection.execute(_MOMENTS.insert(), moments)
        for target in COPIED:
            seed = self.tables[target.name]
            await _copy(connection, target, seed, _moved(target, seed, day), join=True)
        seed = self.tables[ROLLUPS.name]
        await _copy(connection, ROLLUPS, seed, {"day": literal(day, ROLLUPS.c.day.type), "n": seed.c.n * copies})


def _moved(target: Table, seed: Table, day: date) -> dict[str, ColumnElement[Any]]:
    """What differs from the seed: the ids, the day, and the times."""
    own = "id" if target is INVITATIONS else "invitation_id"
    moved: dict[str, ColumnElement[Any]] = {own: _MOMENTS.c.prefix.concat(seed.c[own])}
    moved |= {name: literal(day, target.c[name].type) for name in ("day", "cohort_day") if name in target.c}
    times = ("decided_at", "expires_at", "sent_at", "first_at", "changed_at", "listed_at", "at")
    return moved | {name: _MOMENTS.c.moment for name in times if name in target.c}


async def _copy(
    connection: AsyncConnection, target: Table, seed: Table, moved: dict[str, ColumnElement[Any]], *, join: bool = False
) -> None:
    columns = [column.name for column in target.c if not (target is HISTORY and column.name == "id")]
    rows = select(*(moved.get(name, seed.c[name]) for name in columns))
    if join:
        own = "id" if target is INVITATIONS else "invitation_id"
        rows = rows.select_from(_MOMENTS.join(seed, true())).order_by(_MOMENTS.c.prefix, seed.c[own])
    await connection.execute(target.insert().from_select(columns, rows))


async def _seeded(pulssi: Pulssi, connection: AsyncConnection) -> _Seeds:
    """One day's answers, saved and counted as the program does it, moved into tables to copy from."""
    async with pulssi.store.reading() as uow:
        surveys = [await pulssi.context.survey(uow, WORKSPACE, slug) for slug, n in SHARES.items() for _ in range(n)]
        business = await pulssi.context.business(uow, WORKSPACE)
    saved = list(_day(surveys, business))
    people = [Customer(one.after.customer or "", WORKSPACE, one.after.decided_at, name=_name(one)) for one in saved]
    await connection.execute(table(CustomerRow).insert(), [customer_values(one) for one in people])
    await InvitationRows(connection, pulssi.keyring).save(saved)
    while await RollupRows(connection, pulssi.keyring).fold(10_000):
        pass
    seeds = {}
    for source in (*COPIED, ROLLUPS):
        columns = [Column(column.name, column.type) for column in source.c]
        seeds[source.name] = seed = Table(f"seed_{source.name}", MetaData(), *columns, prefixes=["TEMPORARY"])
        await connection.run_sync(seed.create)
        await connection.execute(seed.insert().from_select([c.name for c in source.c], select(source)))
    for source in (ROLLUPS, HISTORY, RESPONSES, INVITATIONS):
        await connection.execute(source.delete())
    await connection.run_sync(_MOMENTS.create)
    return _Seeds(seeds)


def _day(surveys: list[StoredSurvey], business: Business) -> Iterator[Saved]:
    moment = datetime(LAST.year, LAST.month, LAST.day, 6, tzinfo=UTC)
    for number in range(A_DAY + SILENT):
        survey = surveys[number % len(surveys)]
        answered = number < A_DAY
        scale = survey.survey.scale
        assert scale is not None  # noqa: S101  # all three have one
        # Most are content, some are not, as people are.
        score = max(scale.low, scale.high - (number * number) % 7 * (number % 3) // 2)
        words = (Part(f"It took {number} minutes and the invoice was right in the end, thank you", moment),)
        parts = words if number % 4 == 0 else ()
        answer = Answer(score, parts, bool(parts), first_at=moment, day=LAST, changed_at=moment)
        invitation = Invitation(
            id=f"s{number:04}",
            workspace=WORKSPACE,
            survey=survey.survey,
            survey_id=survey.id,
            state=State.CLOSED if answered else State.EXPIRED,
            decided_at=moment,
            cohort_day=LAST,
            expires_at=moment,
            customer=f"c{number:04}",
            channel="webchat",
            locale=business.locale,
            interaction=Interaction(
                agent=f"agent {number % AGENTS}",
                team=f"team {number % TEAMS}",
                tags=(f"tag {number % TAGS}", f"tag {(number + 3) % TAGS}"),
                touchpoint=f"touchpoint {number % TOUCHPOINTS}",
                attributes={"Plan": "gold"} if number % 10 == 0 else {},
            ),
            sent_at=moment,
            answer=answer if answered else None,
        )
        yield Saved(None, invitation, (ScoreKept(score, moment),) if answered else ())


def _name(saved: Saved) -> str:
    return f"Customer {saved.after.customer}"
