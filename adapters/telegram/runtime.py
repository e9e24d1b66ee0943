"""Telegram in a running server: the bot's lease, the way its updates come, and what has to be set at Telegram."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from itertools import count
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec
import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from adapters.telegram import menus
from adapters.telegram.channel import NAME
from adapters.telegram.channel import Telegram as Channel
from adapters.telegram.client import Client
from adapters.telegram.errors import retry_after
from adapters.telegram.inbox import Commands, Inbox, Reply
from adapters.telegram.pace import Limits, Pace
from adapters.telegram.parse import Me, decode
from adapters.telegram.polling import ALLOWED, Poller
from adapters.telegram.standing import UNKNOWN_BOT, Way, explained, standing, wanted_way
from adapters.whereabouts import People
from bot.errors import StoreError, WrongUse, described
from bot.ports import BOT_LEASE, Bot, Clock, Store, Tokens
from bot.settings import Settings

LOOK_SECONDS: Final = 5.0
LOOKS_A_MINUTE: Final = 12  # by webhook nothing comes that would tell us that another one was set
ANSWER_SECONDS: Final = 5.0
log = structlog.get_logger()


class Telegram:
    """A context that holds the connections; `running` works on top of it. One process leads: it polls and sends.

    The others take the webhook's updates and store them; when the leader's lease ends, one of them leads.
    """

    def __init__(  # noqa: PLR0913  # the composition root names each
        self,
        *,
        settings: Settings,
        token: str,
        workspace: str,
        owner: str,
        clock: Clock,
        tokens: Tokens,
        store: Store,
        people: People,
        commands: Commands,
        say: Callable[[str], None],
        limits: Limits | None = None,
        read_timeout: float = 10.0,
    ) -> None:
        self.trouble = ""
        self._settings = settings
        self._workspace = workspace
        self._owner = owner
        self._clock = clock
        self._store = store
        self._say = say
        self._account = settings.accounts[NAME]
        self._way = wanted_way(settings)
        self._client = Client(token, settings.telegram_api_base_url, read_timeout=read_timeout)
        self._pace = Pace(limits or Limits(), clock.now)
        self.channel = Channel(self._client.bot, self._account, tokens, self._pace, self._paused)
        self._inbox = Inbox(Me(self._account, workspace, ""), tokens, store, people, commands)
        # The same for all processes of an installation, and for all its starts.
        self._secret = settings.telegram_webhook_secret or tokens.digest("telegram-webhook", self._account)
        self._held_until: datetime | None = None
        self._in: asyncio.Task[None] | None = None
        self._said = ""
        self._answers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def register(self) -> None:
        """Notes the bot as this workspace's. `WrongUse` when it is another's: a bot belongs to one."""
        bot = Bot(channel=NAME, account=self._account, workspace=self._workspace)
        stored = await self._store.write(lambda uow: uow.bots.add(bot))
        if stored.workspace != self._workspace:
            raise WrongUse(
                f"The bot of TELEGRAM_BOT_TOKEN belongs to the workspace {stored.workspace!r}. Serve that one, or give "
                f"{self._workspace!r} a bot of its own: /newbot at @BotFather."
            )
        self._know(stored.username)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """While this is open, the bot works. What was begun is ended, and the lease given back."""
        leading = asyncio.create_task(self._lead(), name="pulssi-telegram")
        try:
            yield
        finally:
            await _ended(leading)
            await self._step_back()
            if self._answers:
                await asyncio.wait(self._answers, timeout=ANSWER_SECONDS)
            with suppress(StoreError):  # the lease ends by itself
                await self._store.write(lambda uow: uow.bots.release(NAME, self._account, self._owner))

    @property
    def webhook_secret(self) -> str:
        return "" if self._way is Way.POLLING else self._secret

    async def take(self, body: bytes) -> bytes:
        """One update by webhook. The answer to a tap rides in ours; who forwards to us has no use for it."""
        reply = await self._inbox.receive(decode(body))
        if reply is None:
            return b"{}"
        if self._way is Way.RELAY:
            await self._answer([reply])
            return b"{}"
        return msgspec.json.encode({"method": "answerCallbackQuery", **_answer(reply)})

    async def _lead(self) -> None:
        for number in count():
            try:
                await self._look()
                if (
                    self.channel.sends
                    and self._way is not Way.POLLING
                    and number % LOOKS_A_MINUTE == LOOKS_A_MINUTE - 1
                ):
                    await self._begin()
                if self.channel.sends:
                    await self._quietly(
                        menus.set_for_members(self._client.bot, self._store, self._workspace, self._account)
                    )
            except RetryAfter:
                log.warning("telegram asked for a pause")
            except (TelegramError, httpx.HTTPError) as error:
                self._tell(
                    UNKNOWN_BOT if isinstance(error, InvalidToken) else "Telegram cannot be reached; it is tried again."
                )
            except StoreError as error:
                log.warning("telegram waits for the database", error=str(error))
            except Exception as error:  # noqa: BLE001  # whatever it is, the next look may go better
                log.error("telegram failed", error=described(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        """Takes or renews the lease, and does what has to be done with it."""
        now = self._clock.now()
        held = False
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                held = await self._store.write(lambda uow: uow.bots.lease(NAME, self._account, self._owner, now))
        finally:
            # Without an answer of the database the lease still holds, for as long as it was given.
            if held:
                self._held_until = now + BOT_LEASE
            elif self._held_until is not None and self._clock.now() >= self._held_until - BOT_LEASE / 4:
                await self._step_back()
        if not held:
            await self._step_back()
            await self._learn()
        elif not self.channel.sends or (self._way is Way.POLLING and (self._in is None or self._in.done())):
            await self._begin()

    async def _step_back(self) -> None:
        self.channel.sends = False
        self._held_until = None
        if self._in is not None:
            await _ended(self._in)
            self._in = None

    async def _learn(self) -> None:
        """The bot's name, which whoever leads has noted."""
        if not self._inbox.me.username:
            async with self._store.reading() as uow:
                bot = await uow.bots.get(NAME, self._account)
            self._know(bot.username if bot else "")

    async def _begin(self) -> None:
        """Looks how the bot stands at Telegram, and sets what is wanted there; nothing of another program's."""
        username = (await self._client.bot.get_me()).username or ""
        await self._store.write(lambda uow: uow.bots.note(NAME, self._account, username=username))
        self._know(username)
        async with self._store.reading() as uow:
            bot = await uow.bots.get(NAME, self._account)
        found = (await self._client.bot.get_webhook_info()).url
        decided = standing(self._settings, found, bot.webhook if bot else "")
        if decided.foreign:
            await self._stop_for(explained(decided.foreign, username))
            return
        if bot is not None and bot.paused_until is not None:
            self._pace.pause(bot.paused_until)
        if decided.sets and not (self.channel.sends and found == self._settings.telegram_webhook_url):
            await self._set_webhook()
        if decided.removes:
            await self._client.bot.delete_webhook()
            await self._store.write(lambda uow: uow.bots.note(NAME, self._account, webhook=""))
        if not self.channel.sends:
            await menus.set_for_everybody(self._client.bot)
        if decided.way is Way.POLLING:
            self._in = asyncio.create_task(self._poll(), name="pulssi-telegram-poll")
        self.channel.sends = True
        self._tell("")
        self._announce(
            f"Telegram: @{username} works ({decided.way.value}). Customers start it at https://t.me/{username}"
        )

    async def _stop_for(self, reason: str) -> None:
        """Who could not be heard is not asked either: what is to be sent waits."""
        self.channel.sends = False
        self._tell(reason)
        self._announce(reason)

    async def _set_webhook(self) -> None:
        url = self._settings.telegram_webhook_url
        # Noted first: if we die between, the webhook is known as ours.
        await self._store.write(lambda uow: uow.bots.note(NAME, self._account, webhook=url))
        await self._client.bot.set_webhook(url, secret_token=self._secret, allowed_updates=list(ALLOWED))

    async def _poll(self) -> None:
        try:
            await Poller(self._client, self._inbox, self._answer, self._tell).run()
        except Conflict:
            # A webhook was set meanwhile; the next look tells whose it is.
            self.channel.sends = False
        except Exception as error:  # noqa: BLE001  # whatever it is, the next look begins again
            log.error("telegram polling failed", error=described(error))

    async def _answer(self, replies: Sequence[Reply]) -> None:
        """Ends the waiting in people's apps; the next updates do not wait for that, and a late answer harms nobody."""
        for reply in replies:
            task = asyncio.create_task(self._answer_one(reply), name="pulssi-telegram-answer")
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _answer_one(self, reply: Reply) -> None:
        wanted = _answer(reply)
        with suppress(TelegramError, httpx.HTTPError, StoreError):
            await self._quietly(
                self._client.bot.answer_callback_query(
                    wanted["callback_query_id"], wanted.get("text"), wanted.get("show_alert")
                )
            )

    async def _quietly(self, call: Awaitable[object]) -> None:
        """A 429 to any call is one to the whole bot."""
        try:
            await call
        except RetryAfter as error:
            until = self._clock.now() + timedelta(seconds=retry_after(error))
            self._pace.pause(until)
            await self._paused(until)
            raise

    async def _paused(self, until: datetime) -> None:
        await self._store.write(lambda uow: uow.bots.pause(NAME, self._account, until))

    def _know(self, username: str) -> None:
        self._inbox.me = Me(self._account, self._workspace, username)

    def _tell(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.warning("telegram", trouble=trouble)
        self.trouble = trouble

    def _announce(self, words: str) -> None:
        """On the console, once for each state."""
        if words != self._said:
            self._said = words
            self._say(words)


def _answer(reply: Reply) -> dict[str, Any]:
    shown = {"text": reply.text, "show_alert": True} if reply.text else {}
    return {"callback_query_id": reply.query, **shown}


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])  # a cancellation of our own must come through
