"""Long polling: an update is confirmed, by asking for the next, only after it is committed."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import httpx
import msgspec
import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from adapters.telegram.client import Client
from adapters.telegram.errors import retry_after
from adapters.telegram.inbox import Inbox, Reply
from adapters.telegram.parse import NotOurUpdate, decode_batch
from adapters.telegram.standing import SECOND_POLLER, UNKNOWN_BOT
from bot.errors import StoreError

POLL_SECONDS: Final = 50  # how long Telegram holds an empty answer back
FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0
CONFLICTS_FORGIVEN: Final = 2  # after a kill, Telegram still has our old connection for a moment
# The kinds that `parse` reads (core.telegram.org/bots/api#update).
ALLOWED: Final = (
    "message", "edited_message", "callback_query", "my_chat_member", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages",
)  # fmt: skip
Tell = Callable[[str], None]
Answer = Callable[[Sequence[Reply]], Awaitable[None]]
log = structlog.get_logger()


class Poller:
    """Asks for updates until it is cancelled. `tell` hears what is wrong, and an empty text when it is right again."""

    def __init__(self, client: Client, inbox: Inbox, answer: Answer, tell: Tell) -> None:
        self._client = client
        self._inbox = inbox
        self._answer = answer
        self._tell = tell
        self._offset = 0
        self._failures = 0

    async def run(self) -> None:
        """Ends with `Conflict` when a webhook is set at Telegram, for then it is to be looked at whose that is."""
        while True:
            try:
                await self._once()
            except Conflict as error:
                if "webhook" in error.message.casefold():
                    raise
                await self._again(SECOND_POLLER if self._failures >= CONFLICTS_FORGIVEN else "")
            except InvalidToken:
                await self._again(UNKNOWN_BOT)
            except RetryAfter as error:
                await asyncio.sleep(retry_after(error))
            except (TelegramError, httpx.HTTPError, msgspec.DecodeError, NotOurUpdate) as error:
                log.warning("telegram cannot be reached", error=type(error).__name__)
                await self._again("Telegram cannot be reached; it is tried again.")
            except StoreError as error:
                # Nothing was confirmed: Telegram gives the same updates again.
                log.warning("updates could not be stored", error=str(error))
                await asyncio.sleep(FIRST_WAIT)

    async def _once(self) -> None:
        updates = decode_batch(await self._client.raw_updates(self._offset, self._patience, ALLOWED))
        if updates:
            replies = await self._inbox.receive_all(updates)
            self._offset = max(update.update_id for update in updates) + 1
            await self._answer(replies)
        if self._failures:
            self._failures = 0
        self._tell("")

    @property
    def _patience(self) -> int:
        """A short first look after trouble shows soon that it is over."""
        return 1 if self._failures else POLL_SECONDS

    async def _again(self, trouble: str) -> None:
        if trouble:
            self._tell(trouble)
        waited = min(FIRST_WAIT * 2**self._failures, LONGEST_WAIT)
        self._failures = min(self._failures + 1, 10)
        await asyncio.sleep(waited * random.uniform(0.75, 1.25))  # noqa: S311  # spreads retries, guards nothing
