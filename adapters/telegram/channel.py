"""Telegram as a channel: one message per prompt, replaced where it may be, at Telegram's pace."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import httpx
import telegram
from telegram.constants import ParseMode
from telegram.error import RetryAfter, TelegramError

from adapters.charts import tried
from adapters.telegram.errors import is_gone, is_harmless, retry_after, translated
from adapters.telegram.pace import Pace
from adapters.telegram.render import Rendered, caption, message, pages
from bot.address import Address
from bot.errors import TryAgainLater
from bot.picture_text import alt_text
from bot.pictures import Picture
from bot.ports import LONGEST_HOLD, Dispatch, Receipt, Tokens
from bot.texts import texts

NAME: Final = "telegram"
GENERAL_TOPIC: Final = "1"
FILE_NAME: Final = "pulssi.png"
_NO_PREVIEW: Final = telegram.LinkPreviewOptions(is_disabled=True)


class Telegram:
    """`bot.ports.Channel`. `sends` is set by whoever holds the bot's lease; a 429 stops the whole bot and is told by
    `on_pause`, so that the pause outlives this process."""

    name: Final = NAME

    def __init__(
        self,
        bot: telegram.Bot,
        account: str,
        tokens: Tokens,
        pace: Pace,
        on_pause: Callable[[datetime], Awaitable[None]],
    ) -> None:
        self.account = account
        self.sends = False
        self._bot = bot
        self._tokens = tokens
        self._pace = pace
        self._on_pause = on_pause

    def free_from(self, dispatch: Dispatch) -> datetime:
        return self.turn(dispatch)  # never asked: its rows come back all at once

    def apart(self, dispatch: Dispatch) -> timedelta:
        del dispatch
        return timedelta(0)

    def turn(self, dispatch: Dispatch) -> datetime:
        """As the port says; a turn further away than the sender waits is only told, or rows that go back for it would
        use up the turns of those behind them, and in the end their own."""
        address = dispatch.address
        return self._pace.turn(address.conversation, group=address.shared, within=LONGEST_HOLD)

    async def send(self, dispatch: Dispatch) -> Receipt:
        """As the port says. A new message that needs several pages waits between them, and a retry repeats them all."""
        self._check_pause()
        try:
            return await (self._replace(dispatch) if dispatch.message else self._post(dispatch))
        except RetryAfter as error:
            until = self._pace.now() + timedelta(seconds=retry_after(error))
            self._pace.pause(until)
            await self._on_pause(until)
            raise translated(error, "sending a message") from error
        except (TelegramError, httpx.HTTPError) as error:
            raise translated(error, "sending a message") from error

    async def _post(self, dispatch: Dispatch) -> Receipt:
        prompt = dispatch.prompt
        if prompt.picture is not None and not prompt.lines:  # one that stood beside words would repeat them at a retry
            return await self._show(dispatch.address, prompt.picture, prompt.lang)
        first, *more = pages(dispatch.prompt, dispatch.address, self._tokens)
        last = await self._send_page(dispatch.address, first)
        for page in more:
            await self._next_turn(dispatch.address)
            last = await self._send_page(dispatch.address, page)
        return Receipt(last)

    async def _show(self, address: Address, picture: Picture, lang: str) -> Receipt:
        """The light look, for a chat shows everybody the same; without a picture there is nothing to send."""
        image = await tried(picture, texts(lang))
        if image is None:
            return Receipt()
        self._check_pause()
        sent = await self._bot.send_photo(
            int(address.conversation),
            image,
            caption(alt_text(picture, texts(lang))),
            parse_mode=ParseMode.HTML,
            message_thread_id=_thread(address),
            business_connection_id=address.via or None,
            filename=FILE_NAME,
        )
        return Receipt(str(sent.message_id))

    async def _send_page(self, address: Address, page: Rendered) -> str:
        sent = await self._bot.send_message(
            int(address.conversation),
            page.text,
            ParseMode.HTML,
            reply_markup=page.keyboard,
            message_thread_id=_thread(address),
            business_connection_id=address.via or None,
            link_preview_options=_NO_PREVIEW,
        )
        return str(sent.message_id)

    async def _replace(self, dispatch: Dispatch) -> Receipt:
        address = dispatch.address
        shown = message(dispatch.prompt, address, self._tokens)
        try:
            await self._bot.edit_message_text(
                shown.text,
                int(address.conversation),
                int(dispatch.message),
                parse_mode=ParseMode.HTML,
                reply_markup=shown.keyboard,
                business_connection_id=address.via or None,
                link_preview_options=_NO_PREVIEW,
            )
        except TelegramError as error:
            # In a group, and in somebody's own chat, a second message would be noise: the tap itself was answered.
            if is_gone(error) and address.private:
                await self._next_turn(address)
                return await self._post(dispatch)
            if not is_harmless(error) and not is_gone(error):
                raise
        return Receipt(dispatch.message)

    async def _next_turn(self, address: Address) -> None:
        """Waits for another turn, where one dispatch takes several calls."""
        turn = self._pace.turn(address.conversation, group=address.shared)
        await asyncio.sleep((turn - self._pace.now()).total_seconds())
        self._check_pause()

    def _check_pause(self) -> None:
        """`TryAgainLater` when Telegram asked for quiet after this turn was taken."""
        until = self._pace.paused_until
        left = 0.0 if until is None else (until - self._pace.now()).total_seconds()
        if left > 0:
            raise TryAgainLater(f"Telegram asked for a pause that lasts {left:g} s more.", after=left, whole=True)


def _thread(address: Address) -> int | None:
    # A forum's General topic has an id that Telegram does not take in a call ("message thread not found").
    return int(address.thread) if address.thread and address.thread != GENERAL_TOPIC else None
