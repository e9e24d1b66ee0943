"""Who somebody is: name, language, organisation. Slack tells it on demand only, so it is asked for once in a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.errors import is_limited, retry_after
from adapters.windows import Window, as_moment, as_number, span
from bot.events import Person

KEPT: Final = timedelta(hours=6)
FORGOTTEN: Final = timedelta(minutes=1)  # a look that failed is tried again after that
MOST: Final = 5000
MINUTE: Final = timedelta(minutes=1)
SPARE: Final = 30  # a minute; users.info allows a hundred (tier 4), and those whom somebody waits for come first
SECONDS: Final = 1.2  # a person waits; without an answer they are a stranger


@dataclass(frozen=True, slots=True)
class Face:
    """`stranger`: of another organisation (Slack Connect), or unknown."""

    name: str = ""
    locale: str | None = None
    is_bot: bool = False
    stranger: bool = False


class Faces:
    """Asks `users.info` (users:read), each person once in six hours; what is kept here is a copy and may be lost.

    While Slack asks for a pause nobody is asked about, and whoever is not known stays so.
    """

    def __init__(self, client: AsyncWebClient, now: Callable[[], datetime]) -> None:
        self._client = client
        self._now = now
        self._looks = Window(SPARE, MINUTE)
        self._spent_until = datetime.min.replace(tzinfo=UTC)
        self._quiet_until: datetime | None = None
        self._asking: dict[str, asyncio.Task[Face | None]] = {}
        self._known: OrderedDict[str, tuple[datetime, Face | None]] = OrderedDict()

    def knows(self, user: str) -> bool:
        found = self._known.get(user)
        return found is not None and self._now() < found[0]

    def spare(self) -> bool:
        """Takes one of the looks that are left for people nobody waits for; False when there is none now."""
        if self._paused:
            return False
        now = self._now()
        if now < self._spent_until:  # asked at every tap, so looked for once
            return False
        moment = as_number(now)
        self._looks.forget(moment - span(MINUTE))
        free = self._looks.free_from(moment)
        if free > moment:
            self._spent_until = as_moment(free)
            return False
        self._looks.take(moment)
        return True

    def seen(self, user: str) -> Face | None:
        """What is known already; this never asks."""
        return self._known[user][1] if self.knows(user) else None

    async def face(self, user: str, team: str) -> Face | None:
        """None when Slack does not tell it, or not in time."""
        if self.knows(user):
            return self._known[user][1]
        if self._paused:
            return None
        asking = self._asking.get(user)
        if asking is None:
            asking = self._asking[user] = asyncio.create_task(self._learn(user, team), name="pulssi-slack-face")
            asking.add_done_callback(lambda _: self._asking.pop(user, None))
        return await asyncio.shield(asking)  # several may wait for it

    async def person(self, person: Person) -> Person:
        """As the platform tells of them, completed; without an answer of Slack's as they were."""
        face = await self.face(person.address.conversation, person.address.account)
        if face is None:
            return person
        return Person(person.address, face.name or person.name, face.locale or person.locale)

    @property
    def _paused(self) -> bool:
        return self._quiet_until is not None and self._now() < self._quiet_until

    async def _learn(self, user: str, team: str) -> Face | None:
        try:
            face = await self._ask(user, team)
        except SlackApiError as error:
            if is_limited(error):
                self._quiet_until = self._now() + timedelta(seconds=retry_after(error))
                return None  # of this person nothing was told
            face = None
        except (SlackClientError, aiohttp.ClientError, TimeoutError):
            face = None
        self._known[user] = (self._now() + (KEPT if face is not None else FORGOTTEN), face)
        self._known.move_to_end(user)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return face

    async def _ask(self, user: str, team: str) -> Face | None:
        async with asyncio.timeout(SECONDS):
            answer = await self._client.users_info(user=user, include_locale=True)
        found = answer.get("user")
        return _face(found, team) if isinstance(found, dict) else None


def _face(user: Mapping[str, Any], team: str) -> Face:
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"))  # the login is none
    locale = user.get("locale")
    return Face(
        name=next((name for name in names if isinstance(name, str) and name.strip()), "").strip(),
        locale=locale if isinstance(locale, str) and locale else None,
        is_bot=bool(user.get("is_bot")),
        stranger=bool(user.get("is_stranger")) or team not in {user.get("team_id"), *_teams(user)},
    )


def _teams(user: Mapping[str, Any]) -> list[str]:
    """The teams of a large organisation in which somebody is (https://docs.slack.dev/reference/objects/user-object/)."""
    found = (user.get("enterprise_user") or {}).get("teams")
    return [team for team in found if isinstance(team, str)] if isinstance(found, list) else []
