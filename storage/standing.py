"""Where a database stands, for `pulssi migrate` and `pulssi doctor`."""

from pathlib import Path

from sqlalchemy import inspect, text

from storage.engine import make_engine, parse_url, reading
from storage.failures import translated
from storage.keys import Keyring


async def revision_of(url: str, keyring: Keyring) -> str | None:
    """The migration that the database at `url` is at; None for an empty or missing one, which is not made.

    Errors: `BadSettings`, `StoreUnavailable`.
    """
    if _is_missing(url):
        return None
    engine = make_engine(url, keyring, pool_size=1)
    try:
        with translated():
            async with reading(engine).connect() as connection:
                if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
                    return None
                found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
                return None if found is None else str(found)
    finally:
        await engine.dispose()


def _is_missing(url: str) -> bool:
    parsed = parse_url(url)
    return parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists()


def shown_url(url: str) -> str:
    """The URL as it may be shown: without its password."""
    return parse_url(url).render_as_string(hide_password=True)
