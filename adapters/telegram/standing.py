"""How updates reach us: by polling, by our own webhook, or by another program's hand; a foreign webhook is left alone.

A bot has one consumer (core.telegram.org/bots/api#getting-updates). Whose webhook is set is told by `getWebhookInfo`.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from bot.settings import WEBHOOK_PATH, Settings


class Way(StrEnum):
    POLLING = "polling"
    WEBHOOK = "webhook"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Standing:
    """The way that is to be taken. `sets` and `removes`: what has to be done for it at Telegram first.

    `foreign` is the host of another program's webhook; then nothing is taken and nothing is changed.
    """

    way: Way
    sets: bool = False
    removes: bool = False
    foreign: str = ""


def wanted_way(settings: Settings) -> Way:
    """The way that the settings ask for."""
    if settings.telegram_relay:
        return Way.RELAY
    return Way.WEBHOOK if settings.telegram_webhook_url else Way.POLLING


def standing(settings: Settings, found: str, ours: str) -> Standing:
    """`found` is the webhook that Telegram has, `ours` the one that this program set there last; empty for none."""
    way = wanted_way(settings)
    if way is Way.RELAY:
        return Standing(way)
    if host := foreign_host(settings, found, ours):
        return Standing(way, foreign=host)
    return Standing(way, sets=way is Way.WEBHOOK, removes=way is Way.POLLING and bool(found))


def foreign_host(settings: Settings, found: str, ours: str) -> str:
    """The host of a webhook that this program neither set nor wants to set; empty when there is none."""
    if found in {"", ours, settings.telegram_webhook_url}:
        return ""
    return urlsplit(found).netloc or found


def explained(host: str, username: str) -> str:
    """What to do about another program's webhook, for the console, the log and `pulssi doctor`."""
    return (
        f"The bot @{username} is used by another program: its updates go to {host}, and Pulssi leaves that as it is. "
        f"Nothing is asked in Telegram until one of three things is done. (1) Give Pulssi a bot of its own: /newbot at "
        f"@BotFather, and its token in TELEGRAM_BOT_TOKEN. (2) Take this bot over: pulssi telegram take-over; {host} "
        f"gets no updates any more. (3) Let that program forward each update that it gets to {WEBHOOK_PATH} here, with "
        f"TELEGRAM_RELAY=true and the same TELEGRAM_WEBHOOK_SECRET in the header X-Telegram-Bot-Api-Secret-Token."
    )


SECOND_POLLER = (
    "Another program asks Telegram for this bot's updates too, and each takes them from the other. End it, or give "
    "Pulssi a bot of its own: /newbot at @BotFather, and its token in TELEGRAM_BOT_TOKEN."
)
UNKNOWN_BOT = (
    "Telegram does not know the token in TELEGRAM_BOT_TOKEN: copy it again from @BotFather (/mybots, API Token), "
    "or the bot was deleted."
)
