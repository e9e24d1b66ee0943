"""`pulssi telegram take-over`: the one place where another program's webhook goes, because a person said so."""

import httpx
from telegram.error import TelegramError

from adapters.telegram.client import Client
from adapters.telegram.errors import translated
from adapters.telegram.standing import foreign_host
from bot.settings import Settings


async def found_host(settings: Settings, ours: str) -> str:
    """The host that gets the bot's updates now and is not ours; empty when there is none. `ChannelError` as ever."""
    async with _client(settings) as client:
        try:
            found = (await client.bot.get_webhook_info()).url
        except (TelegramError, httpx.HTTPError) as error:
            raise translated(error, "asking for the webhook") from error
    return foreign_host(settings, found, ours)


async def take_over(settings: Settings) -> None:
    """Removes the webhook that is set; updates that wait at Telegram stay for us. The server sets what it wants."""
    async with _client(settings) as client:
        try:
            await client.bot.delete_webhook(drop_pending_updates=False)
        except (TelegramError, httpx.HTTPError) as error:
            raise translated(error, "removing the webhook") from error


def _client(settings: Settings) -> Client:
    token = settings.telegram_bot_token
    assert token is not None  # noqa: S101  # the caller looked
    return Client(token, settings.telegram_api_base_url)
