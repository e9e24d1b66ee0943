"""The only place where the parts are put together."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.webchat.channel import WebChat
from bot.errors import WrongKey, WrongUse
from bot.ports import Channel
from bot.service.asking import Asking
from bot.service.cases import Cases
from bot.service.catalogue import Catalogue
from bot.service.commands import Commands
from bot.service.context import Context, ensure_workspace
from bot.service.exporting import Exported, Exporting
from bot.service.health import Health
from bot.service.importing import Importing
from bot.service.membership import Membership
from bot.service.people import People
from bot.service.recording import Recording
from bot.service.summaries import Summaries
from bot.service.ticking import Ticking
from bot.service.undelivered import Undelivered
from bot.settings import Settings
from scheduler.clock import SystemClock
from storage.engine import has_file, make_engine
from storage.keys import Keyring
from storage.migrate import prepare
from storage.store import DatabaseStore
from storage.tokens import RandomIds, SignedTokens

if TYPE_CHECKING:
    from adapters.slack.runtime import Slack
    from adapters.telegram.runtime import Telegram

KEY_FILE = Path("var/secret.key")


@dataclass(frozen=True, slots=True)
class Pulssi:
    """The use cases over one database, ready to be called by a command or by the server.

    `learn` is told a channel and the account that it turned out to speak as.
    """

    settings: Settings
    context: Context
    engine: AsyncEngine
    keyring: Keyring
    store: DatabaseStore
    channels: Mapping[str, Channel]
    asking: Asking
    membership: Membership
    summaries: Summaries
    cases: Cases
    ticking: Ticking
    undelivered: Undelivered
    people: People
    catalogue: Catalogue
    importing: Importing
    exporting: Exporting
    health: Health
    commands: Commands
    learn: Callable[[str, str], None]


def keyring_of(settings: Settings) -> Keyring:
    """The installation's key: from the settings, else from its file, which the first start makes.

    `WrongKey` when a SQLite database is there and its key file is not: a fresh key could read nothing in it.
    """
    if settings.secret_key:
        return Keyring.from_text(settings.secret_key)
    if not KEY_FILE.exists() and has_file(settings.database_url):
        raise WrongKey(
            f"The database is there, and its key {KEY_FILE} is not: put the key back from your backup, or set "
            f"PULSSI_SECRET_KEY. To begin anew, move the database away."
        )
    return Keyring.load_or_create(KEY_FILE)


@asynccontextmanager
async def open_pulssi(settings: Settings, workspace: str = "default") -> AsyncGenerator[Pulssi]:
    """Opens the database (migrating an empty or older one), makes the workspace at first use, runs the writer.

    Errors: `BadSettings`, `StoreUnavailable`, `DatabaseTooNew`, `WrongKey`.
    """
    keyring = keyring_of(settings)
    await prepare(settings.database_url, keyring)
    async with AsyncExitStack() as stack:
        engine = make_engine(settings.database_url, keyring)
        stack.push_async_callback(engine.dispose)
        pulssi = _assemble(settings, engine, keyring)
        writer = asyncio.create_task(pulssi.store.run(), name="pulssi-writer")
        stack.push_async_callback(_drain, pulssi.store, writer)
        await pulssi.store.write(lambda uow: ensure_workspace(uow, pulssi.context, workspace))
        if settings.slack_bot_token:
            async with pulssi.store.reading() as uow:
                bot = await uow.bots.of("slack", workspace)
            if bot is not None:
                pulssi.learn("slack", bot.account)
        yield pulssi


def _assemble(settings: Settings, engine: AsyncEngine, keyring: Keyring) -> Pulssi:
    clock, ids, tokens = SystemClock(), RandomIds(), SignedTokens(keyring)
    learned: dict[str, str] = {}
    context = Context(settings, clock, ids, tokens, settings.channels, learned)
    # Two processes on one machine are told apart by number, two machines by chance.
    owner = f"{os.getpid()}-{ids.secret()[:8]}"
    store = DatabaseStore(engine, keyring, clock, owner, Recording(context))
    asking, membership = Asking(store, context), Membership(store, context)
    summaries, people = Summaries(store, context), People(store, context)
    return Pulssi(
        settings,
        context,
        engine,
        keyring,
        store,
        {"webchat": WebChat(store, clock)},
        asking,
        membership,
        summaries,
        Cases(store, context),
        Ticking(store, context),
        Undelivered(store, context),
        people,
        Catalogue(store, context),
        Importing(store, context),
        Exporting(store, context),
        Health(store, context),
        Commands(store, context, asking, membership, summaries, people),
        learned.__setitem__,
    )


def telegram_of(pulssi: Pulssi, workspace: str, say: Callable[[str], None]) -> "Telegram":
    """Telegram for a server of this workspace; its library is loaded only here, where the channel is on.

    `say` is told how the bot stands, for the console.
    """
    from adapters.telegram.runtime import Telegram  # noqa: PLC0415  # the vendor's library: only when it is on

    token = pulssi.settings.telegram_bot_token
    assert token is not None  # noqa: S101  # the caller looked
    return Telegram(
        settings=pulssi.settings,
        token=token,
        workspace=workspace,
        owner=pulssi.store.owner,
        clock=pulssi.context.clock,
        tokens=pulssi.context.tokens,
        store=pulssi.store,
        people=pulssi.people,
        commands=pulssi.commands,
        say=say,
    )


def slack_of(pulssi: Pulssi, workspace: str, say: Callable[[str], None]) -> "Slack":
    """Slack for a server of this workspace, as `telegram_of`."""
    from adapters.slack.runtime import Slack  # noqa: PLC0415  # the vendor's libraries: only when it is on

    token = pulssi.settings.slack_bot_token
    assert token is not None  # noqa: S101  # the caller looked
    return Slack(
        settings=pulssi.settings,
        token=token,
        workspace=workspace,
        owner=pulssi.store.owner,
        clock=pulssi.context.clock,
        tokens=pulssi.context.tokens,
        store=pulssi.store,
        people=pulssi.people,
        commands=pulssi.commands,
        learn=pulssi.learn,
        say=say,
    )


def parquet_writer() -> Callable[[AsyncIterator[Exported], BinaryIO], Awaitable[None]]:
    """Writes exported answers to a file as Parquet. `WrongUse` where pyarrow, the extra `parquet`, is not installed."""
    try:
        from adapters import parquet  # noqa: PLC0415  # a large library, and not everybody's
    except ImportError as error:
        raise WrongUse("Parquet needs the package pyarrow: pip install pyarrow") from error
    return parquet.write


async def _drain(store: DatabaseStore, writer: asyncio.Task[None]) -> None:
    store.close()
    await writer
