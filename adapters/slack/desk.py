"""What is shown at once and stored nowhere: dialogues, the app's home, a sentence for whoever just acted."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack import mrkdwn
from adapters.slack.client import Client
from adapters.slack.errors import code_of, is_limited, retry_after, translated
from adapters.slack.pace import POST, WHISPER, Pace
from bot.address import Address
from bot.errors import ChannelError, RecipientUnreachable, TryAgainLater, described

SECONDS: Final = 5.0
SOON: Final = timedelta(seconds=3)  # a sentence that comes later tells nobody anything
LOOK_SECONDS: Final = 1.2  # somebody waits for the acknowledgement
DRAIN_SECONDS: Final = 3.0
log = structlog.get_logger()


class Desk:
    """Everything here is tried once: the person sees that nothing opened, and presses again.

    A trigger is good for three seconds and once (https://docs.slack.dev/interactivity/handling-user-interaction/).
    """

    def __init__(self, client: Client, pace: Pace) -> None:
        self._client = client
        self._pace = pace
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, what: Coroutine[Any, Any, object]) -> None:
        """Does it beside whatever waits for an acknowledgement."""
        task = asyncio.create_task(self._quietly(what), name="pulssi-slack-desk")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Lets what was begun come to its end."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()

    async def open(self, trigger: str, view: dict[str, Any]) -> None:
        await self._client.web.views_open(trigger_id=trigger, view=view)

    async def update(self, view_id: str, view_hash: str, view: dict[str, Any]) -> None:
        await self._client.web.views_update(view_id=view_id, hash=view_hash or None, view=view)

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        await self._client.web.views_publish(user_id=user, view=view)

    async def hint(self, address: Address, reply: str, words: str) -> None:
        """A sentence that only this person sees, beside a message that stays as it is."""
        _, _, url = reply.partition(" ")
        text = mrkdwn.escaped(words)
        thread = {"thread_ts": address.thread} if address.shared and address.thread else {}
        if url:
            try:
                body = {"response_type": "ephemeral", "replace_original": False, "text": text, **thread}
                await self._client.post_reply(url, body)
                return
            except (ChannelError, aiohttp.ClientError, TimeoutError):
                pass  # used up or too old: the other way is open
        if address.shared:
            await self._say(WHISPER, address, user=address.user, text=text, **thread)
        else:
            await self._say(POST, address, text=text)

    async def may_post(self, channel: str) -> bool:
        """Is the bot in the channel (conversations.info)? Where Slack does not tell, the message itself will."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                answer = await self._client.web.conversations_info(channel=channel)
        except SlackApiError as error:
            return code_of(error) != "channel_not_found"
        except (SlackClientError, aiohttp.ClientError, TimeoutError):
            return True
        found = answer.get("channel")
        return not isinstance(found, dict) or bool(found.get("is_member", True))

    async def begins_a_thread(self, channel: str, ts: str) -> bool:
        """Is it no reply? The link of a reply names its thread (https://docs.slack.dev/reference/methods/chat.getPermalink/).

        What cannot be looked at is none. `TryAgainLater` when Slack does not tell now.
        """
        try:
            answer = await self._client.web.chat_getPermalink(channel=channel, message_ts=ts)
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            found = translated(error, "looking at a message")
            if isinstance(found, RecipientUnreachable):
                return False
            raise found from error
        return "thread_ts=" not in str(answer.get("permalink", "")) or f"thread_ts={ts}" in str(answer["permalink"])

    async def _say(self, method: str, address: Address, **content: str) -> None:
        """In its turn among the channel's messages; `TryAgainLater` when that is too late to be of use."""
        now = self._pace.now()
        left = (self._pace.turn(method, address.conversation, within=SOON) - now).total_seconds()
        if left > SOON.total_seconds():
            raise TryAgainLater("Slack's limits ask for a longer wait.", after=left)
        await asyncio.sleep(left)
        try:
            await self._client.web.api_call(method, json={"channel": address.conversation, **content})
        except SlackApiError as error:
            if is_limited(error):
                until = self._pace.now() + timedelta(seconds=retry_after(error))
                self._pace.pause(method, until, address.conversation if method == POST else "")
            raise

    async def _quietly(self, what: Coroutine[Any, Any, object]) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                await what
        except SlackApiError as error:
            log.info("slack did not show it", error=str(translated(error, "showing something")))
        except (SlackClientError, aiohttp.ClientError, TimeoutError, ChannelError) as error:
            log.info("slack did not show it", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001  # nobody waits for it who could be told
            log.error("slack could not be shown something", error=described(error))
