"""The address of a one-time link, as it is pasted into a ticket, a mail or an SMS."""

from bot.errors import NotFound
from bot.ports import UnitOfWork
from bot.service.context import Context

HERE = "http://127.0.0.1:8080"


async def link_address(
    uow: UnitOfWork, context: Context, channel: str, workspace: str, token: str, base: str = ""
) -> str:
    """The whole address of a link that carries `token`; `base` is where the web chat is reached.

    Telegram opens it in its own app: https://core.telegram.org/bots/features#deep-linking. `NotFound` when the bot's
    name is not known yet, because no server has run with its token.
    """
    if channel == "telegram":
        bot = await uow.bots.get(channel, context.accounts.get(channel, ""))
        if bot is None or not bot.username:
            raise NotFound("The bot's name is not known yet: start `pulssi serve` once with TELEGRAM_BOT_TOKEN.")
        return f"https://t.me/{bot.username}?start={token}"
    return link_url(base or context.settings.public_url or HERE, workspace, token)


def link_url(base: str, workspace: str, token: str) -> str:
    """The page that a one-time link opens; the token rides in the fragment, which no server logs."""
    query = "" if workspace == "default" else f"?workspace={workspace}"
    return f"{base}/chat{query}#link={token}"
