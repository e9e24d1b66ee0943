"""`pulssi telegram`: what concerns the bot itself."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.running import WorkspaceName, say, with_pulssi
from bot.errors import WrongUse

if TYPE_CHECKING:
    from bot.bootstrap import Pulssi


def take_over(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")] = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Take the bot from another program that gets its updates by webhook. That program gets none any more."""

    async def work(pulssi: "Pulssi") -> None:
        if not pulssi.settings.telegram_bot_token:
            raise WrongUse("Telegram is not switched on: set TELEGRAM_BOT_TOKEN.")
        from adapters.telegram.taking_over import found_host  # noqa: PLC0415  # the vendor's library: for this alone
        from adapters.telegram.taking_over import take_over as take  # noqa: PLC0415

        async with pulssi.store.reading() as uow:
            bot = await uow.bots.get("telegram", pulssi.settings.accounts["telegram"])
        host = await found_host(pulssi.settings, bot.webhook if bot else "")
        if not host:
            say("No other program uses this bot by webhook: there is nothing to take over.")
            return
        _make_sure(host, yes=yes)
        await take(pulssi.settings)
        say(f"Taken over: {host} gets no updates any more. A running `pulssi serve` begins within a few seconds.")

    with_pulssi(workspace, work)


def _make_sure(host: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUse(f"The bot's updates go to {host}, which would get none any more. To do that, add --yes.")
    typer.confirm(f"The bot's updates go to {host}, which will get none any more. Take over?", abort=True)
