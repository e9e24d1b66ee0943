"""`python -m benchmarks.nowhere serve --port N`: the server's webhook, whose decisions are not stored."""

import os
import sys
import traceback
from typing import Any, cast

import uvicorn
from sqlalchemy import select

from adapters.http.app import make_app
from adapters.http.parts import Parts
from adapters.telegram.runtime import Telegram
from adapters.webchat.sessions import Sessions
from adapters.webchat.stream import Hub
from benchmarks.sample import WORKSPACE
from benchmarks.taps import nowhere
from bot.bootstrap import Pulssi, open_pulssi
from bot.cli.running import run
from bot.events import Arrival, Outcome
from bot.invitation import Invitation
from bot.ports import UnitOfWork
from bot.service.recording import Recording
from bot.settings import read_settings
from bot.workspace import Workspace
from storage.sql import table
from storage.store import DatabaseStore
from storage.tables import InvitationRow


class Forgetful:
    """A store that knows what was asked, decides each tap as it arrives, and keeps nothing of it."""

    def __init__(self, pulssi: Pulssi, asked: dict[str, Invitation], workspace: Workspace) -> None:
        self._store = pulssi.store
        self._recording = Recording(pulssi.context)
        self._asked = asked
        self._workspace = workspace

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def record(self, arrival: Arrival) -> Outcome:
        known = {key: self._asked[key] for key in (arrival.invitation or "",)}
        uow = cast(UnitOfWork, nowhere(known, self._workspace))
        try:
            [found] = await self._recording(uow, [arrival])
        except Exception:  # noqa: BLE001  # see below
            # The inbox would answer 200 all the same, and what is measured would be the writing of tracebacks.
            traceback.print_exc()
            os._exit(1)
        if isinstance(found, Exception):
            raise found
        return found


async def main(port: int) -> None:
    async with open_pulssi(read_settings(os.environ)) as pulssi:
        async with pulssi.store.reading() as uow:
            workspace = await uow.workspaces.get(WORKSPACE)
            assert workspace is not None  # noqa: S101  # opening made it
            ids = (await uow.connection.scalars(select(table(InvitationRow).c.id))).all()
            asked: dict[str, Invitation] = {}
            for first in range(0, len(ids), 1000):
                asked |= await uow.invitations.load(ids[first : first + 1000])
        store = cast(DatabaseStore, Forgetful(pulssi, asked, workspace))
        async with _telegram(pulssi, store) as telegram:
            await uvicorn.Server(_config(pulssi, store, telegram, port)).serve()


def _telegram(pulssi: Pulssi, store: DatabaseStore) -> Telegram:
    token = pulssi.settings.telegram_bot_token
    assert token is not None  # noqa: S101  # the benchmark sets it
    return Telegram(
        settings=pulssi.settings,
        token=token,
        workspace=WORKSPACE,
        owner=pulssi.store.owner,
        clock=pulssi.context.clock,
        tokens=pulssi.context.tokens,
        store=store,
        people=pulssi.people,
        commands=pulssi.commands,
        say=lambda _: None,
    )


def _config(pulssi: Pulssi, store: DatabaseStore, telegram: Telegram, port: int) -> uvicorn.Config:
    """As `pulssi serve` has it."""
    context = pulssi.context
    parts = Parts(
        settings=pulssi.settings,
        context=context,
        store=store,
        asking=pulssi.asking,
        membership=pulssi.membership,
        summaries=pulssi.summaries,
        people=pulssi.people,
        commands=pulssi.commands,
        sessions=Sessions(context.tokens, context.clock, context.ids, pulssi.settings.webchat_secret),
        hub=Hub(store, context.tokens),
        telegram=telegram,
    )
    app = make_app(parts)
    return uvicorn.Config(app, port=port, log_config=None, access_log=False, lifespan="off", server_header=False)


if __name__ == "__main__":
    run(lambda: main(int(sys.argv[-1])), serves=True)
