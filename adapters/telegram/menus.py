"""The lists of commands that Telegram shows beside the text field, per role and language."""

from collections.abc import Awaitable, Sequence
from typing import Final

import telegram
from telegram.error import TelegramError

from adapters.telegram.errors import translated
from bot.errors import RecipientUnreachable
from bot.ports import Identity, Store
from bot.service.commands import commands_for
from bot.texts import LOCALES, best_locale, texts
from bot.workspace import Member, Role

EDITION: Final = "3"  # to be raised when the commands change, so that every member's list is set anew


async def set_for_everybody(bot: telegram.Bot) -> None:
    """What people see who are no members, in their own chat with the bot; groups get no list."""
    scope = telegram.BotCommandScopeAllPrivateChats()
    for locale in LOCALES:
        await bot.set_my_commands(_listed(None, locale), scope, locale)
    await bot.set_my_commands(_listed(None, LOCALES[0]), scope)


async def set_for_members(bot: telegram.Bot, store: Store, workspace: str, account: str) -> None:
    """Brings each member's own list up to their role; who is a member no more gets everybody's."""
    async with store.reading() as uow:
        identities = [i for i in await uow.members.identities(workspace, "telegram") if i.address.account == account]
        members = [await uow.members.get(identity.member) for identity in identities]
    for identity, member in zip(identities, members, strict=True):
        await _set_for_one(bot, store, identity, member)


async def _set_for_one(bot: telegram.Bot, store: Store, identity: Identity, member: Member | None) -> None:
    scope = telegram.BotCommandScopeChat(int(identity.address.conversation))
    if member is None or member.removed_at is not None:
        await _tried(bot.delete_my_commands(scope))
        await store.write(lambda uow: uow.members.unbind(identity.workspace, identity.address, identity.member))
        return
    locale = best_locale(identity.locale)
    menu = f"{EDITION}:{member.role.value}:{locale}"
    if identity.menu != menu:
        await _tried(bot.set_my_commands(_listed(member.role, locale), scope))
        await store.write(lambda uow: uow.members.note_menu(identity.workspace, identity.address, menu))


async def _tried(call: Awaitable[bool]) -> None:
    """A chat that is gone has no list; anything else is tried again at the next look."""
    try:
        await call
    except TelegramError as error:
        if not isinstance(translated(error, "setting commands"), RecipientUnreachable):
            raise


def _listed(role: Role | None, locale: str) -> Sequence[telegram.BotCommand]:
    return [telegram.BotCommand(name, about) for name, about in commands_for(role, texts(locale))]
