"""Sample history: twelve weeks of made-up answers in a workspace of its own, marked as sample everywhere."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from time import perf_counter

from bot.address import Address
from bot.bootstrap import Pulssi
from bot.business import Business
from bot.conversation import advance
from bot.events import CommentWritten, Delivered, Failed, InvitationEvent, ScoreChosen
from bot.invitation import Interaction, Invitation, State
from bot.ports import Saved, StoredSurvey, UnitOfWork
from bot.service.context import ensure_workspace
from bot.service.importing.pace import PAUSE_SECONDS, Pace
from bot.steps import HistoryEntry
from bot.surveys import Band
from bot.values import replace
from bot.weeks import Week
from bot.workspace import Customer

WORKSPACE = "sample"
BUSINESS = "Esimerkki Oy (sample)"
WEEKS = 12
SEED = 22
# More than are asked in the three weeks in which a question can be open: one open question per person.
CUSTOMERS = 1400
_TEAMS = {"Billing": ("Anna", "Jukka"), "Delivery": ("Sanna", "Mats"), "Support": ("Leila", "Tom")}
_TAGS = ("invoice", "delivery", "login", "refund", "contract")
_SUBJECTS = ("Invoice shows the wrong VAT", "Parcel is late", "Cannot sign in", "Refund for an order", "New contract")
_WORDS = {
    Band.LOW: ("The invoice had the wrong VAT again.", "Had to explain it three times.", "Laskussa oli taas väärä ALV.",
               "Nobody called back."),
    Band.MIDDLE: ("It took a while.", "Fine in the end.", "Hoitui, mutta hitaasti.", "Det gick till slut."),
    Band.HIGH: ("Courier called ahead, perfect.", "Quick and friendly.", "Nopea ja ystävällinen palvelu.",
                "Mycket bra."),
}  # fmt: skip
_ASKED_A_WEEK = {"csat": 150, "nps": 210, "ces": 60}


@dataclass(frozen=True, slots=True)
class _Chance:
    """How one survey's answers fall: the weights of its scores from the lowest up."""

    usual: tuple[int, ...]
    bad: tuple[int, ...]


_CHANCES = {
    "csat": _Chance((4, 6, 12, 34, 44), (12, 14, 20, 30, 24)),
    "nps": _Chance((2, 1, 2, 2, 3, 6, 6, 12, 18, 24, 24), (14, 8, 10, 10, 10, 14, 12, 10, 6, 3, 3)),
    "ces": _Chance((3, 4, 6, 10, 22, 30, 25), (10, 12, 16, 18, 18, 16, 10)),
}


async def fill(
    pulssi: Pulssi,
    progress: Callable[[int, int], None],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> int:
    """Fills the sample workspace up to now; how many questions it made up, 0 when all are there.

    It can be interrupted: what is stored is known by its key, and the next run makes up the rest. A server beside it
    gets its turn between transactions, as beside an import.
    """
    ground = await pulssi.store.write(lambda uow: _begin(uow, pulssi))
    history = list(_History(pulssi, ground).invitations())
    added = done = 0
    pace = Pace()
    while done < len(history):
        chunk = history[done : done + pace.size]
        fresh, seconds = await pulssi.store.write(lambda uow, chunk=chunk: _add(uow, pulssi, chunk))  # type: ignore[misc]
        added += fresh
        done += len(chunk)
        pace.took(len(chunk), seconds)
        progress(done, len(history))
        await pause(PAUSE_SECONDS)
    return added


async def _add(uow: UnitOfWork, pulssi: Pulssi, chunk: Sequence[Saved]) -> tuple[int, float]:
    """How many of the chunk were not there before, and the seconds that this held the database up."""
    begin = perf_counter()
    there = await uow.invitations.imported({saved.import_key for saved in chunk if saved.import_key})
    fresh = [saved for saved in chunk if saved.import_key not in there]
    people = {address: _customer(pulssi, saved, address) for saved in fresh if (address := saved.after.address)}
    known = await uow.customers.add_many(people)
    await uow.invitations.save([_of_customer(saved, known) for saved in fresh])
    return len(fresh), perf_counter() - begin


def _customer(pulssi: Pulssi, saved: Saved, address: Address) -> Customer:
    name = address.conversation.replace("sample-", "Sample customer ")
    return Customer(pulssi.context.ids.new(), WORKSPACE, saved.after.decided_at, name)


def _of_customer(saved: Saved, known: Mapping[Address, Customer]) -> Saved:
    address = saved.after.address
    assert address is not None  # noqa: S101  # `_History` gives each one
    return replace(saved, after=replace(saved.after, customer=known[address].id))


@dataclass(frozen=True, slots=True)
class _Ground:
    business: Business
    surveys: Sequence[StoredSurvey]


async def _begin(uow: UnitOfWork, pulssi: Pulssi) -> _Ground:
    workspace = await ensure_workspace(uow, pulssi.context, WORKSPACE, sample=True)
    named = replace(workspace, settings={"business_name": BUSINESS, "owner_channel": "webchat:owner"})
    await uow.workspaces.change(named)
    business = await pulssi.context.business(uow, WORKSPACE)
    surveys = [await pulssi.context.survey(uow, WORKSPACE, slug) for slug in _ASKED_A_WEEK]
    return _Ground(business, surveys)


class _History:
    """Makes up invitations by letting events happen to them, as they happen in life."""

    def __init__(self, pulssi: Pulssi, ground: _Ground) -> None:
        self._ids = pulssi.context.ids
        self._now = pulssi.context.clock.now()
        self._ground = ground
        self._chance = random.Random(SEED)  # noqa: S311  # sample data, the same at each run
        self._ticket = 1000

    def invitations(self) -> Iterator[Saved]:
        this = Week.of(self._ground.business.today(self._now))
        for back in reversed(range(WEEKS + 1)):
            for stored in self._ground.surveys:
                for number in range(_ASKED_A_WEEK[stored.survey.slug]):
                    week = this.minus(back)
                    saved = self._one(stored, self._moment(week), last_week=back <= 1)
                    if saved.after.decided_at < self._now:
                        yield replace(saved, import_key=f"{WORKSPACE}|{week}|{stored.survey.slug}|{number}")

    def _moment(self, week: Week) -> datetime:
        day = self._chance.choice(week.days[:5])
        local = datetime.combine(day, time(self._chance.randrange(8, 18), self._chance.randrange(60)))
        return local.replace(tzinfo=self._ground.business.zone)

    def _one(self, stored: StoredSurvey, asked: datetime, *, last_week: bool) -> Saved:
        team = self._chance.choice(list(_TEAMS))
        subject = self._chance.randrange(len(_SUBJECTS))
        self._ticket += 1
        visitor = f"sample-{self._ticket % CUSTOMERS}"
        about = Interaction(
            ticket=f"S-{self._ticket}", subject=_SUBJECTS[subject], agent=self._chance.choice(_TEAMS[team]), team=team,
            tags=(_TAGS[subject],), touchpoint="support",
        )  # fmt: skip
        invitation = Invitation(
            id=self._ids.new(), workspace=WORKSPACE, survey=stored.survey, survey_id=stored.id, state=State.SCHEDULED,
            decided_at=asked, cohort_day=asked.date(), expires_at=asked + stored.survey.expires_after,
             address=Address("webchat", visitor, user=visitor), channel="webchat", interaction=about, by="sample",
        )  # fmt: skip
        if self._chance.random() < 0.04:  # noqa: PLR2004  # a plausible share, nothing more
            return Saved(None, replace(invitation, state=State.SUPPRESSED, reason="asked_recently"))
        trouble = last_week and team == "Billing" and stored.survey.slug == "nps"
        return self._live(invitation, trouble=trouble)

    def _live(self, invitation: Invitation, *, trouble: bool) -> Saved:
        after, history = invitation, list[HistoryEntry]()
        at = invitation.decided_at
        for minutes, event in self._events(invitation, trouble=trouble):
            at += timedelta(minutes=minutes)
            if at >= self._now:
                break
            step = advance(after, event, at, self._ground.business.today(at))
            after, history = step.invitation, [*history, *step.history]
        if after.state is State.ANSWERED and after.editable_until and after.editable_until <= self._now:
            after = replace(after, state=State.CLOSED)
        elif after.state is State.SENT and after.expires_at <= self._now:
            after = replace(after, state=State.EXPIRED)
        return Saved(None, after, tuple(history))

    def _events(self, invitation: Invitation, *, trouble: bool) -> Iterator[tuple[int, InvitationEvent]]:
        scale, chance = invitation.survey.scale, _CHANCES[invitation.survey.slug]
        if scale is None or self._chance.random() < 0.02:  # noqa: PLR2004
            yield 1, Failed("never_shown")
            return
        yield 1, Delivered()
        if self._chance.random() < 0.55:  # noqa: PLR2004
            return
        score = self._chance.choices(list(scale.scores), chance.bad if trouble else chance.usual)[0]
        yield self._chance.randrange(1, 600), ScoreChosen(score)
        if self._chance.random() < 0.3:  # noqa: PLR2004
            yield 2, CommentWritten(self._chance.choice(_WORDS[invitation.survey.band(score)]))
