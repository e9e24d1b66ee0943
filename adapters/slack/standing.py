"""How the app stands: which team it speaks for, what keeps it from working, and whether this process sends."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack.channel import NAME
from adapters.slack.channel import Slack as Channel
from adapters.slack.client import Client
from adapters.slack.errors import is_our_token, translated
from adapters.slack.parse import Me
from adapters.slack.scopes import missing
from bot.errors import StoreError, WrongUse, described
from bot.ports import BOT_LEASE, Bot, Clock, Store

LOOK_SECONDS: Final = 5.0
ASKS_AFTER: Final = timedelta(minutes=5)  # between two `auth.test`: a token that was revoked unheard is noticed by then
ASKS_AGAIN: Final = timedelta(seconds=30)  # the same while anything is amiss
log = structlog.get_logger()


class Standing:
    """Asks Slack once in a while who we are, and holds the lease of who sends; `me` is what is known of that.

    `way` names how taps arrive, `learn` is told the account, `say` prints for whoever started the program.
    """

    def __init__(  # noqa: PLR0913  # the runtime names each
        self,
        *,
        client: Client,
        channel: Channel,
        store: Store,
        clock: Clock,
        workspace: str,
        owner: str,
        reaction: str,
        way: str,
        learn: Callable[[str, str], None],
        say: Callable[[str], None],
    ) -> None:
        self.me = Me("", workspace, "", "", "", reaction)
        self.trouble = "Slack was not asked yet who we are."
        self._channel = channel
        self._web = client.web
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._owner = owner
        self._reaction = reaction
        self._way = way
        self._learn = learn
        self._say = say
        self._asked: datetime | None = None
        self._held_until: datetime | None = None
        self._said = ""
        self._stopped = False

    async def register(self) -> None:
        """Notes the team as this workspace's. `WrongUse` when it is another's, or this workspace has another.

        Without an answer of Slack's the team that was known before holds, until Slack tells.
        """
        known = await self._noted()
        if known is not None:
            self._know(Me(known.account, self._workspace, "", "", "", self._reaction))
        with suppress(SlackClientError, aiohttp.ClientError, TimeoutError):
            await self._identify()

    async def lead(self) -> None:
        """Looks every five seconds, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Asks Slack if it is time for that, and takes or renews the lease; whoever holds it sends."""
        if self._asks_now:
            await self._guarded(self._hello())
        if self._channel.account:
            await self._guarded(self._lease())

    async def step_back(self) -> None:
        """Sends no more, and gives the lease back."""
        self._channel.sends = False
        with suppress(StoreError):  # the lease ends by itself
            await self._store.write(lambda uow: uow.bots.release(NAME, self._channel.account, self._owner))

    def revoked(self) -> None:
        """Slack said that the app was taken out of the team, or its token made void."""
        self._stop_for(REVOKED)

    @property
    def _asks_now(self) -> bool:
        if self._asked is None or not self._channel.account or (self._channel.in_doubt and not self.trouble):
            return True
        amiss = self.trouble or self._channel.in_doubt
        return self._clock.now() - self._asked >= (ASKS_AGAIN if amiss else ASKS_AFTER)

    async def _noted(self) -> Bot | None:
        async with self._store.reading() as uow:
            return await uow.bots.of(NAME, self._workspace)

    async def _identify(self) -> str:
        """Asks Slack who we are; the bot's name."""
        answer = await self._web.auth_test()
        team, name, site = str(answer["team_id"]), str(answer.get("user") or ""), str(answer.get("url") or "")
        noted = await self._noted() or await self._add(team)
        if noted.account != team:
            raise WrongUse(
                f"The workspace {self._workspace!r} works in the Slack team {noted.account}, and SLACK_BOT_TOKEN is of "
                f"the team {team}. Serve another workspace for that team, or put back the token of {noted.account}."
            )
        if (noted.username, noted.site) != (name, site):
            await self._store.write(lambda uow: uow.bots.note(NAME, team, username=name, site=site))
        user, bot_id = str(answer.get("user_id") or ""), str(answer.get("bot_id") or "")
        app = self.me.app or await self._app_of(bot_id)
        self._know(Me(team, self._workspace, user, bot_id, app, self._reaction))
        lacking = missing(str(answer.headers.get("x-oauth-scopes", "")), reaction=bool(self._reaction))
        self._tell(
            f"The app lacks the scopes {', '.join(lacking)}: reinstall it with `pulssi slack-manifest`."
            if lacking
            else ""
        )
        return name

    async def _add(self, team: str) -> Bot:
        """The workspace has no team yet: it is to be this one."""
        bot = Bot(channel=NAME, account=team, workspace=self._workspace)
        stored = await self._store.write(lambda uow: uow.bots.add(bot))
        if stored.workspace != self._workspace:
            raise WrongUse(
                f"The Slack team of SLACK_BOT_TOKEN belongs to the workspace {stored.workspace!r}. Serve that one, or "
                f"use the token of another team for {self._workspace!r}."
            )
        return stored

    async def _app_of(self, bot_id: str) -> str:
        """The app's id, so that what is meant for another is left alone; without an answer all are taken as ours."""
        with suppress(SlackApiError):
            found = (await self._web.bots_info(bot=bot_id)).get("bot")
            return str(found.get("app_id") or "") if isinstance(found, dict) else ""
        return ""

    def _know(self, me: Me) -> None:
        self.me = me
        self._channel.account = me.account
        self._learn(NAME, me.account)

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
            elif self.trouble != REVOKED:  # which says more
                self._stop_for(words)
        except (SlackClientError, aiohttp.ClientError, TimeoutError):
            self._tell("Slack cannot be reached; it is tried again.")
        except StoreError as error:
            log.warning("slack waits for the database", error=str(error))
        except Exception as error:  # noqa: BLE001  # see above
            log.error("slack failed", error=described(error))

    async def _hello(self) -> None:
        self._asked, self._channel.in_doubt = self._clock.now(), False
        name = await self._identify()
        self._stopped = False
        self._announce(
            self.trouble or f"Slack: @{name} works ({self._way}). Invite it to a channel: /invite @{name}"
        )  # fmt: skip

    async def _lease(self) -> None:
        now, account = self._clock.now(), self._channel.account
        held = False
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                held = await self._store.write(lambda uow: uow.bots.lease(NAME, account, self._owner, now))
        except TimeoutError:
            log.warning("slack waits for the database")
            return
        finally:
            # Without an answer of the database the lease still holds, for as long as it was given.
            if held:
                self._held_until = now + BOT_LEASE
            elif self._held_until is not None and self._clock.now() >= self._held_until - BOT_LEASE / 4:
                self._channel.sends, self._held_until = False, None
        if not held:
            self._channel.sends, self._held_until = False, None
        else:
            self._channel.sends = not self._stopped

    def _stop_for(self, reason: str) -> None:
        """With a token that does not work nothing is sent: it waits."""
        self._stopped = True
        self._channel.sends = False
        self._tell(reason)
        self._announce(reason)

    def _tell(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.warning("slack", trouble=trouble)
        self.trouble = trouble

    def _announce(self, words: str) -> None:
        """On the console, once for each state."""
        if words != self._said:
            self._said = words
            self._say(words)


REVOKED: Final = (
    "Slack has taken our token back: the app was removed from the team, or its tokens were revoked. Install it again "
    "at api.slack.com/apps, put the new token into SLACK_BOT_TOKEN, and start again. What is to be sent waits."
)
