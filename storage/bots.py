"""A vendor's bot as all processes share it."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import BOT_LEASE, Bot
from storage.sql import insert, table
from storage.tables import BotRow

BOTS: Final = table(BotRow)


class BotRows:
    """Keeps `bot.ports.Bots`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, channel: str, account: str) -> Bot | None:
        found = (await self._connection.execute(select(BOTS).where(_is(channel, account)))).first()
        return None if found is None else _bot(found)

    async def of(self, channel: str, workspace: str) -> Bot | None:
        theirs = select(BOTS).where(BOTS.c.channel == channel, BOTS.c.workspace == workspace)
        found = (await self._connection.execute(theirs)).all()
        bots = [_bot(row) for row in found]
        # Of those that nobody sends for, always the same.
        return max(bots, key=lambda bot: (bot.lease_until is not None, bot.lease_until, bot.account), default=None)

    async def add(self, bot: Bot) -> Bot:
        values = {
            "channel": bot.channel,
            "account": bot.account,
            "workspace": bot.workspace,
            "username": bot.username,
            "webhook": bot.webhook,
            "site": bot.site,
        }
        await self._connection.execute(insert(self._connection, BOTS).values(values).on_conflict_do_nothing())
        return await self.get(bot.channel, bot.account) or bot

    async def note(
        self,
        channel: str,
        account: str,
        *,
        username: str | None = None,
        webhook: str | None = None,
        site: str | None = None,
    ) -> None:
        told = {"username": username, "webhook": webhook, "site": site}
        values = {name: value for name, value in told.items() if value is not None}
        if values:
            await self._connection.execute(update(BOTS).where(_is(channel, account)).values(values))

    async def lease(self, channel: str, account: str, owner: str, now: datetime) -> bool:
        free = or_(BOTS.c.leased_by.is_(None), BOTS.c.leased_by == owner, BOTS.c.lease_until < now)
        taken = update(BOTS).where(_is(channel, account), free).values(leased_by=owner, lease_until=now + BOT_LEASE)
        return (await self._connection.execute(taken.returning(BOTS.c.account))).first() is not None

    async def release(self, channel: str, account: str, owner: str) -> None:
        mine = update(BOTS).where(_is(channel, account), BOTS.c.leased_by == owner)
        await self._connection.execute(mine.values(leased_by=None, lease_until=None))

    async def pause(self, channel: str, account: str, until: datetime) -> None:
        earlier = or_(BOTS.c.paused_until.is_(None), BOTS.c.paused_until < until)
        await self._connection.execute(update(BOTS).where(_is(channel, account), earlier).values(paused_until=until))


def _is(channel: str, account: str) -> ColumnElement[bool]:
    return (BOTS.c.channel == channel) & (BOTS.c.account == account)


def _bot(row: Row[Any]) -> Bot:
    return Bot(
        channel=row.channel,
        account=row.account,
        workspace=row.workspace,
        username=row.username,
        webhook=row.webhook,
        site=row.site,
        leased_by=row.leased_by,
        lease_until=row.lease_until,
        paused_until=row.paused_until,
    )
