"""Slack in a running server: its parts put together, and the two ways in which taps arrive."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.slack import bolt, parse
from adapters.slack.acting import is_tap
from adapters.slack.channel import Slack as Channel
from adapters.slack.client import Client
from adapters.slack.desk import Desk
from adapters.slack.faces import Faces
from adapters.slack.form import pressed
from adapters.slack.inbox import Commands, Inbox
from adapters.slack.pace import Limits, Pace
from adapters.slack.signing import SIGNATURE, TIMESTAMP, is_genuine
from adapters.slack.socket import NotAcked, Socket
from adapters.slack.standing import Standing
from adapters.whereabouts import People
from bot.ports import Clock, Store, Tokens
from bot.settings import Settings

DRAIN_SECONDS: Final = 2.5
MOST_AT_WORK: Final = 1000  # requests that are not done; Slack sends again what is more
OK: Final = 200
NOT_YET: Final = 503
# https://docs.slack.dev/apis/events-api/#retries
RETRY_NUMBER, RETRY_REASON = "x-slack-retry-num", "x-slack-retry-reason"
log = structlog.get_logger()

Response = tuple[int, Mapping[str, str], bytes]


class Slack:
    """A context that holds the connections; `running` works on top of it. One process sends; all of them listen."""

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
        learn: Callable[[str, str], None],
        say: Callable[[str], None],
        limits: Limits | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._token = token
        self._client = Client(token, settings.slack_api_base_url)
        pace = Pace(limits or Limits(), clock.now)
        self.channel = Channel(self._client, "", tokens, pace)
        self._desk = Desk(self._client, pace)
        self._socket = self._make_socket()
        self._standing = Standing(
            client=self._client,
            channel=self.channel,
            store=store,
            clock=clock,
            workspace=workspace,
            owner=owner,
            reaction=settings.slack_reaction,
            way="HTTP" if self._socket is None else "Socket Mode",
            learn=learn,
            say=say,
        )
        self._inbox = Inbox(
            team=self._standing,
            tokens=tokens,
            store=store,
            people=people,
            commands=commands,
            desk=self._desk,
            faces=Faces(self._client.web, clock.now),
            locale=settings.locale,
        )
        self._secret = (settings.slack_signing_secret or "").encode()
        self._bolt: AsyncApp | None = None
        self._at_work: set[asyncio.Task[Any]] = set()

    def _make_socket(self) -> Socket | None:
        token = self._settings.slack_app_token
        return Socket(token, self._settings.slack_api_base_url, self._take_envelope) if token else None

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        secret = self._settings.slack_signing_secret or "none: Socket Mode"
        self._bolt = bolt.make_app(self._client.web, secret, self._authorized, self._inbox)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def register(self) -> None:
        """Notes the team as this workspace's; `Standing.register`."""
        await self._standing.register()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """While this is open, Slack works. What was begun is ended, and the lease given back."""
        async with AsyncExitStack() as stack:
            leading = asyncio.create_task(self._standing.lead(), name="pulssi-slack")
            stack.push_async_callback(self._standing.step_back)
            stack.push_async_callback(self._desk.close)
            stack.push_async_callback(self._drain)
            stack.push_async_callback(_ended, leading)
            if self._socket is not None:
                listening = asyncio.create_task(self._socket.run(), name="pulssi-slack-socket")
                stack.push_async_callback(_ended, listening)
            yield

    @property
    def by_http(self) -> bool:
        """Do requests come by HTTP? With an app token they come through the socket."""
        return self._socket is None

    @property
    def trouble(self) -> str:
        """What keeps Slack from working now, for people; empty when nothing does."""
        return self._standing.trouble or (self._socket.trouble if self._socket is not None else "")

    def is_genuine(self, headers: Mapping[bytes, bytes], body: bytes) -> bool:
        """Was it signed by Slack, within five minutes?"""
        signature, timestamp = headers.get(SIGNATURE, b""), headers.get(TIMESTAMP, b"")
        return is_genuine(self._secret, body, timestamp, signature, self._clock.now())

    async def take(self, headers: Mapping[bytes, bytes], body: bytes) -> Response:
        """A request whose signature holds; answered after the commit."""
        if len(self._at_work) >= MOST_AT_WORK:
            log.warning("slack request not taken", at_work=len(self._at_work))
            return NOT_YET, {}, b""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # whoever awaits this is one
        self._at_work.add(task)
        try:
            return await self._take(headers, body)
        finally:
            self._at_work.discard(task)

    async def _take(self, headers: Mapping[bytes, bytes], body: bytes) -> Response:
        tap = _tap(body)
        if tap is not None:
            # Bolt's way costs about as much as storing the tap does (docs/benchmarks.md), and knows nothing more of it.
            await self._inbox.take(tap)
            return OK, {}, b""
        assert self._bolt is not None  # noqa: S101  # `__aenter__` made it
        told = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        found = await bolt.over_http(self._bolt, body, told)
        shown = {name: values[0] for name, values in found.headers.items() if values}
        return found.status, shown, (found.body or "").encode()

    async def _take_envelope(
        self, _kind: str, payload: dict[str, Any], attempt: int, reason: str
    ) -> Mapping[str, Any] | NotAcked | None:
        """What goes back with the acknowledgement, if there is to be one."""
        assert self._bolt is not None  # noqa: S101  # `__aenter__` made it
        found = await bolt.over_socket(self._bolt, payload, {RETRY_NUMBER: str(attempt), RETRY_REASON: reason})
        return bolt.answered(found) if found.status == OK else NotAcked.NOT_ACKED

    async def _drain(self) -> None:
        """Lets the requests come to their end, and ends those that do not: nothing works on a store that is closed."""
        if self._at_work:
            _, left = await asyncio.wait(self._at_work, timeout=DRAIN_SECONDS)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def _authorized(self) -> AuthorizeResult:
        me = self._standing.me
        return AuthorizeResult(
            enterprise_id=None,
            team_id=me.account,
            bot_token=self._token,
            bot_id=me.bot or None,
            bot_user_id=me.user or None,
        )


def _tap(body: bytes) -> parse.Interaction | None:
    """The press of a button below a message, if the body is one that can be read without Bolt."""
    payload = pressed(body)
    if payload is None:
        return None
    try:
        found = parse.decode_interaction(payload)
    except parse.NotOurs:
        return None
    return found if is_tap(found) else None


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])  # a cancellation of our own must come through
