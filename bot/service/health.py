"""How an installation is doing, as facts with a verdict each."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.business import SETTABLE, Business, effective
from bot.cases import CaseState
from bot.destinations import Destination
from bot.ports import Store, UnitOfWork
from bot.service.context import Context
from bot.service.narrowing import known_keys
from bot.service.undelivered import unread
from bot.settings import Settings
from bot.spans import Every, next_post
from bot.texts import texts
from bot.workspace import Workspace

SECRETS: Final = frozenset(name for name, setting in Settings.model_fields.items() if not setting.repr)
STUCK_AFTER: Final = timedelta(minutes=5)
AHEAD: Final = timedelta(minutes=5)
BUILT: Final = datetime(2026, 1, 1, tzinfo=UTC)
PARKED_SHOWN: Final = 3
KEYS_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. What is not `ok` is wrong; its text says what to do."""

    name: str
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A setting, where its value comes from, and what the environment says where an owner's value wins over it."""

    name: str
    value: str
    source: str
    environment: str | None = None


class Health:
    """Looks only; never changes anything."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    async def checks(self, workspace: str, *, serving: bool) -> Sequence[Check]:
        """Parked events, messages on their way, channels, clock, name of the business, next summary, places that are
        limited to a group, low scores, and whether any weekly message has reached nobody."""
        async with self._store.reading() as uow:
            business = await self._context.business(uow, workspace)
            return [
                await self._parked(uow),
                await self._outbox(uow, workspace, serving=serving),
                Check("channels", True, ", ".join(sorted(self._context.channels))),
                await self._clock(uow, workspace),
                _named(business),
                self._summary(business),
                *await self._limits(uow, business),
                await _cases(uow, business),
                await _unread(uow, workspace),
            ]

    async def settings(self, workspace: str) -> Sequence[Stated]:
        """Every setting as it holds for this workspace."""
        async with self._store.reading() as uow:
            business = await self._context.business(uow, workspace)
        return stated(self._context.settings, business.workspace)

    async def _parked(self, uow: UnitOfWork) -> Check:
        parked = await uow.events.parked()
        if not parked:
            return Check("parked events", True, "none")
        newest = "; ".join(
            f"{event_id}: {error} ({at:%Y-%m-%d %H:%M} UTC)" for _, event_id, error, at in parked[:PARKED_SHOWN]
        )
        return Check("parked events", False, f"{len(parked)} could not be stored, the newest: {newest}")

    async def _outbox(self, uow: UnitOfWork, workspace: str, *, serving: bool) -> Check:
        waiting: Mapping[str, Any] = await uow.outbox.waiting(workspace)
        rows, oldest, errors = waiting["rows"], waiting["oldest"], waiting["errors"]
        if not rows:
            return Check("messages on their way", True, "none wait")
        text = f"{rows} wait, the oldest since {oldest:%Y-%m-%d %H:%M} UTC"
        if errors:
            return Check("messages on their way", False, f"{text}; tried and refused: {'; '.join(errors)}")
        if not serving:
            return Check("messages on their way", False, f"{text}; they go out when `pulssi serve` runs")
        stuck = self._context.clock.now() - oldest > STUCK_AFTER
        return Check("messages on their way", not stuck, f"{text}; look at the server's log" if stuck else text)

    async def _clock(self, uow: UnitOfWork, workspace: str) -> Check:
        now = self._context.clock.now()
        newest = await uow.invitations.recent(workspace, 1)
        told = f"{now:%Y-%m-%d %H:%M:%S} UTC"
        if now < BUILT:
            return Check("clock", False, f"{told} is before this program was written: set the machine's clock")
        if newest and newest[0].decided_at > now + AHEAD:
            ahead = f"{newest[0].decided_at:%Y-%m-%d %H:%M} UTC"
            return Check("clock", False, f"{told}, and the newest question is of {ahead}: one of two clocks is wrong")
        return Check("clock", True, told)

    def _summary(self, business: Business) -> Check:
        if business.every is Every.OFF:
            return Check(
                "next summary", True, "switched off; an owner's /settings or PULSSI_SUMMARY_EVERY switch it on"
            )
        now, every = self._context.clock.now(), business.every
        moment = next_post(now, business.summary_at, business.zone, every).astimezone(business.zone)
        where = ", ".join(str(place) for place in business.destinations)
        told = f"{moment:%A %Y-%m-%d %H:%M} ({business.zone.key})"
        if not where:
            return Check("next summary", False, f"{told}, and no channel to post it to: set PULSSI_OWNER_CHANNEL")
        return Check("next summary", True, f"{told} to {where}")

    async def _limits(self, uow: UnitOfWork, business: Business) -> list[Check]:
        """One check, where a place is limited at all: is each limited to a group that there is?"""
        limited = [one for one in business.destinations if one.limit]
        today = business.today(self._context.clock.now())
        known = {limit: await known_keys(uow, business.workspace.name, limit, today) for limit in _of(limited)}
        wrong = [
            _unknown(one, known[one.limit]) for one in limited if known[one.limit] and one.key not in known[one.limit]
        ]
        new = [f"{one}: no question has had a {one.limit} yet" for one in limited if not known[one.limit]]
        told = "; ".join([*wrong, *new]) or ", ".join(str(one) for one in limited)
        return [Check("limited places", not wrong, told)] if limited else []


def _of(limited: Sequence[Destination]) -> list[str]:
    return sorted({one.limit for one in limited})


def _unknown(place: Destination, known: Sequence[str]) -> str:
    """Their message has everybody's figures and nothing of a group, week after week."""
    folded = {key.casefold(): key for key in reversed(known)}
    near = difflib.get_close_matches(place.key.casefold(), folded, 1)
    hint = f"did you mean {folded[near[0]]}?" if near else f"there are {', '.join(known[:KEYS_SHOWN])}"
    return f"{place}: no question of the last year had the {place.limit} {place.key!r}; {hint}"


async def _cases(uow: UnitOfWork, business: Business) -> Check:
    """Low scores that nobody reads of are wrong; those that a team has read of are the team's."""
    counts = await uow.cases.counts(business.workspace.name)
    told = ", ".join(f"{n} {state.value} (the oldest since {since:%Y-%m-%d})" for state, (n, since) in counts.items())
    if CaseState.OPEN in counts and all(one.limit for one in business.destinations):
        hint = "nobody is told of them: set PULSSI_OWNER_CHANNEL, with a place that is not limited to a group"
        return Check("low scores", not await uow.cases.untold(business.workspace.name, (), 1), f"{told}; {hint}")
    return Check("low scores", True, told or "none wait")


async def _unread(uow: UnitOfWork, workspace: str) -> Check:
    found = await unread(uow, workspace, texts("en"))
    told = " ".join(one.words for one in found)
    return Check("weekly message", not found, f"{told} It is tried again." if found else "none waits to be read")


def _named(business: Business) -> Check:
    if business.name:
        return Check("business name", True, business.name)
    return Check("business name", True, "not set; customers should see who asks: set PULSSI_BUSINESS_NAME")


def stated(settings: Settings, workspace: Workspace | None = None) -> list[Stated]:
    """The settings with their sources; secrets are masked, but for whether they are set."""
    owned = effective(workspace, settings) if workspace is not None else {}
    found = []
    for name in sorted(Settings.model_fields):
        source = "environment" if name in settings.model_fields_set else "default"
        value = _shown(name, settings)
        if owned.get(name, ("", source))[1] == "owner" and name in SETTABLE:
            found.append(Stated(name, owned[name][0], "owner", value))
        else:
            found.append(Stated(name, value, source))
    return found


def _shown(name: str, settings: Settings) -> str:
    value = getattr(settings, name)
    if name in SECRETS:
        return "set, not shown" if value else "not set"
    if name == "database_url":
        return _without_password(value)
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _without_password(url: str) -> str:
    """`scheme://user:***@host/…`; a password may hold an @, so the last one counts."""
    scheme, separator, rest = url.partition("://")
    account, at, where = rest.rpartition("@")
    if not separator or not at:
        return url
    user, colon, _ = account.partition(":")
    return f"{scheme}://{user}{':***' if colon else ''}@{where}"
