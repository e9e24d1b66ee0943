"""The command line as a person uses it: in a folder of its own, on a database of its own."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner

from bot.address import parse_address
from bot.bootstrap import Pulssi, open_pulssi
from bot.cli import app
from bot.events import Arrival, CommentWritten, InvitationEvent, ScoreChosen
from bot.settings import read_settings

T = TypeVar("T")


class Said:
    """What a command said, and how it ended."""

    def __init__(self, result: Any) -> None:
        self.code: int = result.exit_code
        self.out: str = result.stdout
        self.err: str = result.stderr
        self.bytes: bytes = result.stdout_bytes
        assert "Traceback" not in self.out + self.err

    @property
    def json(self) -> Any:
        """Standard output, which is one line of JSON and nothing else."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)


class Terminal:
    """Runs commands; `ok` where exit code 0 is expected."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, **settings: str) -> None:
        self.folder = folder
        for name in [name for name in os.environ if name.startswith(("PULSSI_", "TELEGRAM_", "SLACK_"))]:
            patch.delenv(name)
        patch.chdir(folder)
        for name, value in settings.items():
            patch.setenv(name, value)

    def __call__(self, *arguments: str, typed: str | None = None) -> Said:
        return Said(CliRunner().invoke(app, arguments, input=typed))

    def ok(self, *arguments: str) -> Said:
        said = self(*arguments)
        assert said.code == 0, (arguments, said.out, said.err)
        return said

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def inside(self, work: Callable[[Pulssi], Awaitable[T]], workspace: str = "default") -> T:
        """Something that happens in the program itself rather than at the command line."""

        async def opened() -> T:
            async with open_pulssi(read_settings(os.environ), workspace) as pulssi:
                return await work(pulssi)

        return asyncio.run(opened())

    def asked(self, visitor: str, survey: str = "csat", *more: str) -> str:
        """Asks a visitor of the web chat; the invitation's id."""
        said = self.ok("ask", "--survey", survey, "--to", f"webchat:{visitor}", "--json", *more)
        return str(said.json["invitation"])

    def answered(self, visitor: str, score: int, words: str = "", *more: str, survey: str = "csat") -> str:
        """Asks, and has the visitor answer."""
        invitation = self.asked(visitor, survey, *more)
        self.answer(invitation, visitor, ScoreChosen(score), *([CommentWritten(words, "m1")] if words else []))
        return invitation

    def answer(self, invitation: str, visitor: str, *events: InvitationEvent) -> None:
        address = parse_address(f"webchat:{visitor}")

        async def work(pulssi: Pulssi) -> None:
            for event in events:
                await pulssi.store.record(
                    Arrival(
                        event_id=pulssi.context.ids.new(),
                        workspace="default",
                        address=address,
                        event=event,
                        invitation=invitation,
                    )
                )

        self.inside(work)
