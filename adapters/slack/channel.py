"""Slack as a channel: one message per prompt, replaced where it may be, at Slack's pace."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack.client import Client
from adapters.slack.errors import is_gone, is_limited, is_malformed, is_our_token, retry_after, translated
from adapters.slack.images import MOST_TRIES, Images, with_image
from adapters.slack.mrkdwn import Json, escaped
from adapters.slack.pace import POST, REPLY, UPDATE, WHISPER, Pace
from adapters.slack.render import Rendered, message, pages
from bot.address import Address
from bot.errors import ChannelError, TryAgainLater, described
from bot.ports import LONGEST_HOLD, Dispatch, Receipt, Tokens
from bot.values import replace

NEVER: Final = timedelta(microseconds=-1)  # no turn is so near that it would be taken

NAME: Final = "slack"
MOST_REPLIES: Final = 5  # to one response URL, https://docs.slack.dev/interactivity/handling-user-interaction/
OLD: Final = "old"
TRIES_WITH_IMAGE: Final = 5  # a second apart, as messages to one channel are
_DOING: Final = "sending a message"
log = structlog.get_logger()


class Slack:
    """`bot.ports.Channel`. `account` is the team's id, known once Slack told it; `sends` is set by whoever holds the
    bot's lease. `in_doubt` says that Slack refused our token, until it is asked again who we are. A 429 stops its
    method, or of new messages its channel, alone."""

    name: Final = NAME

    def __init__(self, client: Client, account: str, tokens: Tokens, pace: Pace) -> None:
        self.account = account
        self.sends = False
        self.in_doubt = False
        self._client = client
        self._tokens = tokens
        self._pace = pace
        self._images = Images(client)

    def turn(self, dispatch: Dispatch) -> datetime:
        """As the port says; a turn further away than the sender waits is only told, or rows that go back for it would
        use up the turns of those behind them, and in the end their own."""
        if dispatch.reply:
            return self._pace.turn(REPLY, "", within=LONGEST_HOLD)
        return self._pace.turn(_method(dispatch), dispatch.address.conversation, within=LONGEST_HOLD)

    def free_from(self, dispatch: Dispatch) -> datetime:
        return self._pace.turn(_method(dispatch), dispatch.address.conversation, within=NEVER)

    def apart(self, dispatch: Dispatch) -> timedelta:
        """At the pace at which they can go: hundreds of edits may wait for their 50 a minute."""
        method = REPLY if dispatch.reply else _method(dispatch)
        return timedelta(0) if method in {POST, REPLY} else self._pace.gap(method)

    async def send(self, dispatch: Dispatch) -> Receipt:
        """As the port says. A new message that needs several pages waits between them, and a retry repeats them all."""
        try:
            if dispatch.reply and await self._replied(dispatch):
                await self._show_beside(dispatch)
                return Receipt(dispatch.message)
            if dispatch.reply:
                await self._next_turn(_method(dispatch), dispatch.address)
            self._check_pause(_method(dispatch), dispatch.address)
            if _whispers(dispatch):
                return await self._whisper(dispatch)
            return await (self._replace(dispatch) if dispatch.message else self._post(dispatch))
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            if isinstance(error, SlackApiError) and is_our_token(error):
                self.in_doubt = True
            raise translated(error, _DOING) from error

    async def _replied(self, dispatch: Dispatch) -> bool:
        """Did it go the way that was left open for this person? It ends soon, so the address is there as well."""
        how, _, url = dispatch.reply.partition(" ")
        shown = self._pages(dispatch, alone=dispatch.address.shared)  # where two talk the words can be written there
        if how == OLD and dispatch.message:
            shown = [message(dispatch.prompt, dispatch.address, self._tokens)]  # it is one message, and stays one
        if not url or len(shown) > MOST_REPLIES:
            return False
        for place, page in enumerate(shown):
            replaces = how == OLD and not place
            body = _content(page) | {"replace_original": replaces}
            if not replaces:
                body["response_type"] = "ephemeral"
            if dispatch.address.shared and dispatch.address.thread:
                body["thread_ts"] = dispatch.address.thread
            try:
                await self._client.post_reply(url, body)
            except ChannelError:
                return False
        return True

    async def _whisper(self, dispatch: Dispatch) -> Receipt:
        address = dispatch.address
        for place, page in enumerate(self._pages(dispatch, alone=True)):
            if place:
                await self._next_turn(WHISPER, address)
            await self._call(
                WHISPER, address, user=address.user, thread_ts=address.thread or None, parse="none", **_content(page)
            )
        return Receipt()

    async def _post(self, dispatch: Dispatch) -> Receipt:
        """The picture is uploaded before anything is posted, so that a retry for its sake repeats no words."""
        address = dispatch.address
        image = await self._images.of(dispatch)
        *before, last = self._pages(dispatch, alone=False)
        for page in before:
            await self._put(address, page)
            await self._next_turn(POST, address)
        if image is None:
            return await self._put(address, last)
        return await self._put_image(address, last, image)

    async def _put_image(self, address: Address, page: Rendered, image: Json) -> Receipt:
        """Slack takes a message with a file only once it has looked at the file, some moments after the upload: until
        then it refuses the message as a whole."""
        for _ in range(TRIES_WITH_IMAGE):
            try:
                return await self._put(address, with_image(page, image))
            except SlackApiError as error:
                if not is_malformed(error):
                    raise
            await self._next_turn(POST, address)
        log.warning("slack did not take the picture, so the message goes without it")
        return await self._put(address, page)

    async def _put(self, address: Address, page: Rendered) -> Receipt:
        answer = await self._call(
            POST,
            address,
            thread_ts=address.thread or None,
            unfurl_links=False,
            unfurl_media=False,
            parse="none",
            **_content(page),
        )
        found = str(answer.get("ts") or "")
        return Receipt(found if address.shared else f"{answer.get('channel')}/{found}")

    async def _show_beside(self, dispatch: Dispatch) -> None:
        """The picture of words that were answered in their place, in this person's own chat: what a response URL shows
        holds no uploaded files. The words are out, so nothing is tried again."""
        picture, address = dispatch.prompt.picture, dispatch.address
        if picture is None or address.shared:
            return
        try:
            await self._next_turn(POST, address)
            image = await self._images.of(replace(dispatch, attempts=MOST_TRIES))
            if image is not None:
                await self._put_image(address, Rendered(escaped(picture.title), []), image)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, ChannelError) as error:
            log.warning("a picture could not be sent", error=described(error))

    async def _replace(self, dispatch: Dispatch) -> Receipt:
        address = dispatch.address
        channel, _, ts = dispatch.message.rpartition("/")
        shown = message(dispatch.prompt, address, self._tokens)
        try:
            await self._call(
                UPDATE, address, at=channel or address.conversation, ts=ts, parse="none", **_content(shown)
            )
        except SlackApiError as error:
            if not is_gone(error):
                raise
            # In a channel a second message would be noise: the tap itself was answered.
            if address.private:
                await self._next_turn(POST, address)
                return await self._post(dispatch)
        return Receipt(dispatch.message)

    def _pages(self, dispatch: Dispatch, *, alone: bool) -> Sequence[Rendered]:
        return pages(dispatch.prompt, dispatch.address, self._tokens, alone=alone)

    async def _call(self, method: str, address: Address, *, at: str = "", **arguments: Any) -> dict[str, Any]:
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            answer = await self._client.web.api_call(method, json={"channel": at or address.conversation, **given})
        except SlackApiError as error:
            if is_limited(error):
                until = self._pace.now() + timedelta(seconds=retry_after(error))
                self._pace.pause(method, until, address.conversation if method == POST else "")
            raise
        return answer.data if isinstance(answer.data, dict) else {}

    async def _next_turn(self, method: str, address: Address) -> None:
        """Waits for another turn, where one dispatch takes several calls. `TryAgainLater` where that is too long."""
        turn = self._pace.turn(method, address.conversation, within=LONGEST_HOLD)
        left = turn - self._pace.now()
        if left > LONGEST_HOLD:
            raise TryAgainLater("Slack's limits ask for a longer wait.", after=left.total_seconds())
        await asyncio.sleep(left.total_seconds())
        self._check_pause(method, address)

    def _check_pause(self, method: str, address: Address) -> None:
        """`TryAgainLater` when Slack asked for quiet after this turn was taken."""
        until = self._pace.paused_until(method, address.conversation)
        left = 0.0 if until is None else (until - self._pace.now()).total_seconds()
        if left > 0:
            raise TryAgainLater(f"Slack asked for a pause that lasts {left:g} s more.", after=left)


def _whispers(dispatch: Dispatch) -> bool:
    return dispatch.alone and dispatch.address.shared and bool(dispatch.address.user)


def _method(dispatch: Dispatch) -> str:
    if _whispers(dispatch):
        return WHISPER
    return UPDATE if dispatch.message else POST


def _content(shown: Rendered) -> dict[str, Any]:
    return {"text": shown.text, "blocks": shown.blocks}
