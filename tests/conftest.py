"""What tests of every folder share: databases, a keyring, and what to do when the machine lacks something."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

from storage.keys import Keyring
from tests.postgres import NoPostgres, fresh_database, postgres

# How fast the machine is today is no finding: what is slow is measured in `benchmarks/`.
settings.register_profile(
    "at any speed",
    settings(),
    deadline=None,
    suppress_health_check={*settings().suppress_health_check, HealthCheck.too_slow},
)
settings.load_profile("at any speed")


def require(name: str, reason: str) -> NoReturn:
    """Skip for this reason, or fail when `PULSSI_REQUIRE` (a comma-separated list) says that `name` must be there."""
    if name in os.environ.get("PULSSI_REQUIRE", "").replace(" ", "").split(","):
        pytest.fail(f"PULSSI_REQUIRE names {name}: {reason}")
    pytest.skip(reason)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(bytes(range(32)))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'pulssi.db'}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of the maintenance database; one server per pytest process, started by the first test that needs it."""
    try:
        server = postgres()
        url = server.__enter__()
    except NoPostgres as missing:
        require("postgres", str(missing))
    try:
        yield url
    finally:
        server.__exit__(None, None, None)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))
