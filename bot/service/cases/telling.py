"""Tells the team of low scores: at once, not at night, and bundled where a place has just been told of some."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bot.address import Address
from bot.business import Business
from bot.case_text import Seen, one, several
from bot.cases import TOGETHER, is_quiet
from bot.channels import traits
from bot.destinations import concerned
from bot.errors import WrongUse
from bot.invitation import Invitation
from bot.ports import Dispatch, Store, UnitOfWork, Untold
from bot.service.cases.seeing import quote, seen
from bot.service.context import Context

MOST_AT_ONCE: Final = 500
# Of what no place may read, which is looked at again after that: somebody may have written /here for its team.
PUT_OFF: Final = timedelta(minutes=30)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _News:
    """What waits to be told, all that there is to see of it by invitation, what each free place is to hear, and what
    concerns no place."""

    untold: Sequence[Untold]
    shown: Mapping[str, Seen]
    by_place: Mapping[Address, Sequence[Seen]]
    of_nobody: Sequence[str]


class Cases:
    """Each news is told once to each place that it concerns, however many processes look."""

    def __init__(self, store: Store, context: Context, most: int = MOST_AT_ONCE) -> None:
        """`most` cases of a workspace are looked at in a tick."""
        self._store = store
        self._context = context
        self._most = most

    async def tell(self) -> int:
        """Tells what may be told now, in all workspaces; how many messages. Without any it only reads."""
        told = 0
        async with self._store.reading() as look:
            unheard = await look.cases.unheard(self._context.clock.now())
            due = [name for name in sorted(unheard) if await self._is_due(look, name)]
        for name in due:
            told += await self._tell(name)
        return told

    async def _is_due(self, look: UnitOfWork, name: str) -> bool:
        business = await self._awake(look, name)
        if business is None:
            return False
        news = await self._news(look, business, lock=False)
        return bool(news.by_place or news.of_nobody or _over(business, news, _heard(news)))

    async def _tell(self, name: str) -> int:
        async def job(uow: UnitOfWork) -> int:
            business = await self._awake(uow, name)
            return 0 if business is None else await self._tell_in(uow, business)

        return await self._store.write(job)

    async def _awake(self, uow: UnitOfWork, name: str) -> Business | None:
        """None where nothing may be told now. Sample history is for looking at: nobody is told of it."""
        try:
            business = await self._context.business(uow, name)
        except WrongUse as error:
            log.warning("low scores cannot be told", workspace=name, error=str(error))
            return None
        night = is_quiet(self._context.clock.now().astimezone(business.zone))
        return None if night or business.workspace.sample else business

    async def _news(self, uow: UnitOfWork, business: Business, *, lock: bool) -> _News:
        name, places, now = business.workspace.name, _places(business), self._context.clock.now()
        free = await uow.cases.free(name, places, now - TOGETHER)
        if not free:
            return _News((), {}, {}, ())
        if lock:  # before the cases, as whoever records an answer locks them
            waiting = await uow.cases.untold(name, places, self._most, now=now)
            await uow.invitations.load(sorted(one.case.invitation for one in waiting), lock=True)
        untold = await uow.cases.untold(name, places, self._most, now=now, lock=lock)
        shown = {found.case.invitation: found for found in await seen(uow, [one.case for one in untold])}
        heard = {one.case.invitation: one.heard for one in untold}
        news = {
            place: [
                found
                for found in shown.values()
                if place in _concerned(business, found.invitation) and place.place not in heard[found.case.invitation]
            ]
            for place in places
            if place.place in free
        }
        of_nobody = [key for key, found in shown.items() if not _concerned(business, found.invitation)]
        return _News(untold, shown, {place: found for place, found in news.items() if found}, of_nobody)

    async def _tell_in(self, uow: UnitOfWork, business: Business) -> int:
        name, now = business.workspace.name, self._context.clock.now()
        news = await self._news(uow, business, lock=True)
        told = {
            place: found
            for place, found in news.by_place.items()
            if await uow.cases.claim(name, place, now, now - TOGETHER)
        }
        await uow.outbox.add([await _message(uow, business, place, found) for place, found in told.items()], now)
        heard = _heard(news)
        for place, found in told.items():
            for one_told in found:
                heard[one_told.case.invitation].add(place.place)
        await uow.cases.note_told(_known(business, news, heard, told), _over(business, news, heard), now)
        await uow.cases.put_off(news.of_nobody, now + PUT_OFF)
        return len(told)


def _known(
    business: Business, news: _News, heard: Mapping[str, set[str]], told: Mapping[Address, Sequence[Seen]]
) -> Mapping[str, Sequence[Address]]:
    """Of what was told just now, all the places that know it."""
    just = {found.case.invitation for found_there in told.values() for found in found_there}
    places = _places(business)
    return {key: [place for place in places if place.place in heard[key]] for key in news.shown if key in just}


def _heard(news: _News) -> dict[str, set[str]]:
    return {one.case.invitation: set(one.heard) for one in news.untold}


def _over(business: Business, news: _News, heard: Mapping[str, set[str]]) -> list[str]:
    """What every place knows that it concerns, perhaps because the one that did not know is none any more."""
    concerned = {
        key: {place.place for place in _concerned(business, found.invitation)} for key, found in news.shown.items()
    }
    return [key for key, places in concerned.items() if places and places <= heard[key]]


def _places(business: Business) -> list[Address]:
    """Where one can write now, each once."""
    known = (place for place in business.owner_channels if place.account or not traits(place.channel).accounts)
    return list({place.place: place for place in known}.values())


def _concerned(business: Business, invitation: Invitation) -> list[Address]:
    about = invitation.interaction
    chosen = concerned(business.destinations, about.team, about.tags, about.touchpoint)
    addresses = {destination.address.place for destination in chosen}
    return [place for place in _places(business) if place.place in addresses]


async def _message(uow: UnitOfWork, business: Business, place: Address, news: Sequence[Seen]) -> Dispatch:
    said = one(news[0], business.texts) if len(news) == 1 else several(news, business.texts)
    await quote(uow, business.workspace.name, [place], said)
    shows = news[0].case.invitation if len(news) == 1 else None
    return Dispatch(workspace=business.workspace.name, address=place, prompt=said.prompt, shows=shows, lasting=True)
