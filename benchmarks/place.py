"""Where a benchmark runs: an empty database of its own, on SQLite or PostgreSQL, with a folder and a key."""

import base64
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.bootstrap import Pulssi, open_pulssi
from bot.settings import Settings
from tests.postgres import fresh_database

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


@dataclass(frozen=True, slots=True)
class Place:
    """A fresh installation, known to this process and to those that it starts."""

    folder: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        return {"PULSSI_DATABASE_URL": self.url, "PULSSI_SECRET_KEY": KEY, "PULSSI_TIMEZONE": "Europe/Helsinki"}

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Pulssi]:
        """The use cases over this database, in this process; it is migrated at the first time."""
        chosen = {"_env_file": None, "database_url": self.url, "secret_key": KEY, "timezone": "Europe/Helsinki"}
        async with open_pulssi(Settings.model_validate(chosen)) as pulssi:
            yield pulssi


@contextmanager
def on_sqlite() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="pulssi-bench-") as folder:
        yield Place(Path(folder), f"sqlite:///{folder}/pulssi.db")


def on_postgres(server: str) -> Callable[[], AbstractContextManager[Place]]:
    """Makes fresh installations on this running server."""

    @contextmanager
    def fresh() -> Iterator[Place]:
        with tempfile.TemporaryDirectory(prefix="pulssi-bench-") as folder, fresh_database(server) as url:
            yield Place(Path(folder), url)

    return fresh


def kept_folder() -> Path:
    """What is to be there at the next run too. A PostgreSQL that root starts as another account needs a way to it."""
    folder = Path("var/bench") if os.geteuid() else Path(tempfile.gettempdir()) / "pulssi-bench"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.absolute()


@contextmanager
def kept_on_sqlite() -> Iterator[Place]:
    """Where histories lie that `benchmarks.history` fills once."""
    folder = Path("var/bench").absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    yield Place(folder, f"sqlite:///{folder}/pulssi.db")


def kept_on_postgres(server: str) -> Callable[[], AbstractContextManager[Place]]:
    """As `kept_on_sqlite`, on a server whose databases stay."""

    @contextmanager
    def there() -> Iterator[Place]:
        with tempfile.TemporaryDirectory(prefix="pulssi-bench-") as folder:
            yield Place(Path(folder), server)

    return there
