"""What `pulssi doctor` looks at in Telegram; it changes nothing."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import httpx
import telegram
from telegram.error import InvalidToken, TelegramError

from adapters.telegram.client import Client
from adapters.telegram.errors import translated
from adapters.telegram.standing import UNKNOWN_BOT, Way, explained, standing, wanted_way
from bot.address import Address
from bot.service.health import Check
from bot.settings import Settings

APART: Final = timedelta(seconds=60)
_MEMBERS: Final = frozenset({"creator", "administrator", "member", "restricted"})


async def checks(settings: Settings, ours: str, owners: Sequence[Address], now: datetime) -> list[Check]:
    """`ours` is the webhook that this program set last, `owners` where weekly messages go, `now` our own clock."""
    token = settings.telegram_bot_token
    assert token is not None  # noqa: S101  # the caller looked
    async with Client(token, settings.telegram_api_base_url) as client:
        try:
            me = await client.bot.get_me()
            info = await client.bot.get_webhook_info()
        except InvalidToken:
            return [Check("telegram token", False, UNKNOWN_BOT)]
        except (TelegramError, httpx.HTTPError) as error:
            return [Check("telegram", False, str(translated(error, "asking who the bot is")))]
        found = [Check("telegram token", True, f"@{me.username}"), _clock(client.last_date, now), _privacy(me)]
        found.append(_webhook(settings, info, ours, me.username or ""))
        found.extend([check async for check in _owners(client.bot, me.id, owners)])
        return found


def _clock(told: datetime | None, now: datetime) -> Check:
    if told is None:
        return Check("telegram clock", True, "the server told no time")
    apart = abs(now - told)
    if apart > APART:
        return Check("telegram clock", False, f"this machine is {apart.total_seconds():.0f} s off: set its clock")
    return Check("telegram clock", True, f"{apart.total_seconds():.0f} s apart")


def _privacy(me: telegram.User) -> Check:
    if me.can_read_all_group_messages:
        words = "off: the bot gets all that is written in its groups, and keeps none of it"
        return Check("telegram privacy mode", True, f"{words}; /setprivacy at @BotFather turns it on")
    return Check("telegram privacy mode", True, "on: in groups the bot gets commands, and replies to it")


def _webhook(settings: Settings, info: telegram.WebhookInfo, ours: str, username: str) -> Check:
    decided, way = standing(settings, info.url, ours), wanted_way(settings)
    if decided.foreign:
        return Check("telegram webhook", False, explained(decided.foreign, username))
    if way is Way.RELAY:
        return Check("telegram webhook", True, "another program forwards the updates (TELEGRAM_RELAY)")
    if way is Way.POLLING:
        return Check("telegram webhook", True, f"none: long polling; {info.pending_update_count} updates wait")
    if not info.url:
        return Check("telegram webhook", False, "not set yet: `pulssi serve` sets it")
    if info.last_error_message:
        at = f"{info.last_error_date:%Y-%m-%d %H:%M} UTC" if info.last_error_date else "lately"
        words = (
            f"set; {info.pending_update_count} updates wait. Telegram's last failure ({at}): {info.last_error_message}"
        )
        return Check("telegram webhook", not info.pending_update_count, words)
    return Check("telegram webhook", True, f"set; {info.pending_update_count} updates wait")


async def _owners(bot: telegram.Bot, me: int, owners: Sequence[Address]) -> AsyncIterator[Check]:
    for address in owners:
        name = f"telegram owner's chat {address}"
        try:
            yield Check(name, *await _may_write(bot, me, address))
        except (TelegramError, httpx.HTTPError) as error:
            yield Check(name, False, f"{translated(error, 'looking at the chat')} Write /here there.")


async def _may_write(bot: telegram.Bot, me: int, address: Address) -> tuple[bool, str]:
    chat = await bot.get_chat(int(address.conversation))
    if not address.shared:
        return True, "a private chat"
    member = await bot.get_chat_member(chat.id, me)
    if member.status not in _MEMBERS:
        return False, "the bot is not in it: add it to the group, and write /here there"
    if isinstance(member, telegram.ChatMemberRestricted) and not member.can_send_messages:
        return False, "the bot may not write there: give it the right to send messages"
    return True, f"{chat.title}: may write"
