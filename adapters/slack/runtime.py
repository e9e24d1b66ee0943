"""Slack in a running server: which team it speaks for, who sends, and the two ways in which taps arrive."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from itertools import count
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack import bolt, parse
from adapters.slack.acting import is_tap
from adapters.slack.channel import NAME
from adapters.slack.channel import Slack as Channel
from adapters.slack.client import Client
from adapters.slack.desk import Desk
from adapters.slack.errors import is_our_token, translated
from adapters.slack.faces import Faces
from adapters.slack.form import pressed
from adapters.slack.inbox import Commands, Inbox, People
from adapters.slack.pace import Limits, Pace
from adapters.slack.parse import Me
from adapters.slack.scopes import missing
from adapters.slack.signing import SIGNATURE, TIMESTAMP, is_genuine
from adapters.slack.socket import NotAcked, Socket
from bot.errors import StoreError, WrongUse, described
from bot.ports import BOT_LEASE, Bot, Clock, Store, Tokens
from bot.settings import Settings

LOOK_SECONDS: Final = 5.0
ASKS_AFTER: Final = 60  # looks between two `auth.test`: a token that was revoked unheard is noticed within five minutes
ACK_SECONDS: Final = 2.5  # Slack waits for 3 (docs.slack.dev/interactivity/handling-user-interaction)
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
        self._workspace = workspace
        self._owner = owner
        self._clock = clock
        self._store = store
        self._learn = learn
        self._say = say
        self._token = token
        self._trouble = "Slack was not asked yet who we are."
        self._client = Client(token, settings.slack_api_base_url)
        self._pace = Pace(limits or Limits(), clock.now)
        self.channel = Channel(self._client, "", tokens, self._pace)
        self._desk = Desk(self._client)
        self._inbox = Inbox(
            me=Me("", workspace, "", "", "", settings.slack_reaction),
            tokens=tokens,
            store=store,
            people=people,
            commands=commands,
            desk=self._desk,
            faces=Faces(self._client.web, clock.now),
            team=self,
            locale=settings.locale,
        )
        self._secret = (settings.slack_signing_secret or "").encode()
        self._socket = self._make_socket()
        self._bolt: AsyncApp | None = None
        self._held_until: datetime | None = None
        self._said = ""
        self._stopped = False
        self._late: set[asyncio.Task[Any]] = set()

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
        """Notes the team as this workspace's. `WrongUse` when it is another's: a team belongs to one.

        Without an answer of Slack's the team that was known before holds, until Slack tells.
        """
        async with self._store.reading() as uow:
            known = await uow.bots.of(NAME, self._workspace)
        if known is not None:
            self._know(Me(known.account, self._workspace, "", "", "", self._settings.slack_reaction))
        with suppress(SlackClientError, aiohttp.ClientError, TimeoutError):
            await self._identify()

    async def _identify(self) -> str:
        """Asks Slack who we are; the bot's name."""
        answer = await self._client.web.auth_test()
        team, name = str(answer["team_id"]), str(answer.get("user") or "")
        bot = Bot(channel=NAME, account=team, workspace=self._workspace)
        stored = await self._store.write(lambda uow: uow.bots.add(bot))
        if stored.workspace != self._workspace:
            raise WrongUse(
                f"The Slack team of SLACK_BOT_TOKEN belongs to the workspace {stored.workspace!r}. Serve that one, or "
                f"install an app of its own for {self._workspace!r}."
            )
        await self._store.write(lambda uow: uow.bots.note(NAME, team, username=name))
        user, bot_id = str(answer.get("user_id") or ""), str(answer.get("bot_id") or "")
        app = self._inbox.me.app or await self._app_of(bot_id)
        self._know(Me(team, self._workspace, user, bot_id, app, self._settings.slack_reaction))
        lacking = missing(str(answer.headers.get("x-oauth-scopes", "")), reaction=bool(self._settings.slack_reaction))
        self._tell(
            f"The app lacks the scopes {', '.join(lacking)}: reinstall it with `pulssi slack-manifest`."
            if lacking
            else ""
        )
        return name

    async def _app_of(self, bot_id: str) -> str:
        """The app's id, so that what is meant for another is left alone; without an answer all are taken as ours."""
        with suppress(SlackApiError):
            found = (await self._client.web.bots_info(bot=bot_id)).get("bot")
            return str(found.get("app_id") or "") if isinstance(found, dict) else ""
        return ""

    def _know(self, me: Me) -> None:
        self._inbox.me = me
        self.channel.account = me.account
        self._learn(NAME, me.account)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """While this is open, Slack works. What was begun is ended, and the lease given back."""
        async with AsyncExitStack() as stack:
            leading = asyncio.create_task(self._lead(), name="pulssi-slack")
            stack.push_async_callback(self._step_back)
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
        return self._trouble or (self._socket.trouble if self._socket is not None else "")

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Was it signed by Slack, within five minutes?"""
        signature, timestamp = headers.get(SIGNATURE, ""), headers.get(TIMESTAMP, "")
        return is_genuine(self._secret, body, timestamp, signature, self._clock.now())

    async def take(self, headers: Mapping[str, str], body: bytes) -> Response:
        """A request whose signature holds; answered after the commit.

        What takes more than 2.5 s goes on, and is not acknowledged: Slack shows its error, and what was stored counts.
        """
        return await self._in_time(self._take(headers, body), (NOT_YET, {}, b""))

    async def _take(self, headers: Mapping[str, str], body: bytes) -> Response:
        tap = _tap(body)
        if tap is not None:
            # Bolt's way costs about as much as storing the tap does (docs/benchmarks.md), and knows nothing more of it.
            await self._inbox.take(tap)
            return OK, {}, b""
        assert self._bolt is not None  # noqa: S101  # `__aenter__` made it
        found = await bolt.over_http(self._bolt, body, headers)
        shown = {name: values[0] for name, values in found.headers.items() if values}
        return found.status, shown, (found.body or "").encode()

    async def _take_envelope(
        self, _kind: str, payload: dict[str, Any], attempt: int, reason: str
    ) -> Mapping[str, Any] | NotAcked | None:
        """What goes back with the acknowledgement, if there is to be one."""
        assert self._bolt is not None  # noqa: S101  # `__aenter__` made it
        found = await bolt.over_socket(self._bolt, payload, {RETRY_NUMBER: str(attempt), RETRY_REASON: reason})
        return bolt.answered(found) if found.status == OK else NotAcked.NOT_ACKED

    async def _in_time(self, work: Any, otherwise: Response) -> Response:
        task = asyncio.create_task(work, name="pulssi-slack-request")
        done, _ = await asyncio.wait({task}, timeout=ACK_SECONDS)
        if done:
            found: Response = task.result()
            return found
        self._late.add(task)
        task.add_done_callback(self._ended_late)
        return otherwise

    def _ended_late(self, task: asyncio.Task[Any]) -> None:
        self._late.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a slack request failed late", error=described(error))

    async def _drain(self) -> None:
        if self._late:
            await asyncio.wait(self._late, timeout=ACK_SECONDS)

    def revoked(self) -> None:
        """Slack said that the app was taken out of the team, or its token made void."""
        self._stop_for(REVOKED)

    def _authorized(self) -> AuthorizeResult:
        me = self._inbox.me
        return AuthorizeResult(
            enterprise_id=None,
            team_id=me.account,
            bot_token=self._token,
            bot_id=me.bot or None,
            bot_user_id=me.user or None,
        )

    async def _lead(self) -> None:
        for looks in count():
            if self._trouble or self.channel.in_doubt or not self.channel.account or looks % ASKS_AFTER == 0:
                await self._guarded(self._hello())
            if self.channel.account:
                await self._guarded(self._look())
            await asyncio.sleep(LOOK_SECONDS)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """One try; whatever goes wrong is told, and the next one may go better."""
        try:
            await work
        except WrongUse as error:
            self._stop_for(str(error))
        except SlackApiError as error:
            words = str(translated(error, "asking who we are"))
            if not is_our_token(error):
                self._tell(words)
            elif self._trouble != REVOKED:  # which says more
                self._stop_for(words)
        except (SlackClientError, aiohttp.ClientError, TimeoutError):
            self._tell("Slack cannot be reached; it is tried again.")
        except StoreError as error:
            log.warning("slack waits for the database", error=str(error))
        except Exception as error:  # noqa: BLE001  # see above
            log.error("slack failed", error=described(error))

    async def _hello(self) -> None:
        self.channel.in_doubt = False
        name = await self._identify()
        self._stopped = False
        way = "HTTP" if self._socket is None else "Socket Mode"
        self._announce(self._trouble or f"Slack: @{name} works ({way}). Invite it to a channel: /invite @{name}")

    async def _look(self) -> None:
        """Takes or renews the lease; who holds it sends."""
        now, account = self._clock.now(), self.channel.account
        held = False
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                held = await self._store.write(lambda uow: uow.bots.lease(NAME, account, self._owner, now))
        finally:
            # Without an answer of the database the lease still holds, for as long as it was given.
            if held:
                self._held_until = now + BOT_LEASE
            elif self._held_until is not None and self._clock.now() >= self._held_until - BOT_LEASE / 4:
                self.channel.sends, self._held_until = False, None
        if not held:
            self.channel.sends, self._held_until = False, None
        else:
            self.channel.sends = not self._stopped

    async def _step_back(self) -> None:
        self.channel.sends = False
        with suppress(StoreError):  # the lease ends by itself
            await self._store.write(lambda uow: uow.bots.release(NAME, self.channel.account, self._owner))

    def _stop_for(self, reason: str) -> None:
        """With a token that does not work nothing is sent: it waits."""
        self._stopped = True
        self.channel.sends = False
        self._tell(reason)
        self._announce(reason)

    def _tell(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("slack", trouble=trouble)
        self._trouble = trouble

    def _announce(self, words: str) -> None:
        """On the console, once for each state."""
        if words != self._said:
            self._said = words
            self._say(words)


REVOKED: Final = (
    "Slack has taken our token back: the app was removed from the team, or its tokens were revoked. Install it again "
    "at api.slack.com/apps, put the new token into SLACK_BOT_TOKEN, and start again. What is to be sent waits."
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
