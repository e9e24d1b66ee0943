"""Sample history: twelve weeks of made-up answers in a workspace of its own, marked as sample everywhere."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.address import Address
from bot.bootstrap import Pulssi
from bot.business import Business
from bot.conversation import HistoryEntry, advance
from bot.errors import Conflict
from bot.events import CommentWritten, Delivered, Failed, InvitationEvent, ScoreChosen
from bot.invitation import Interaction, Invitation, State
from bot.ports import Saved, StoredSurvey, UnitOfWork
from bot.service.context import ensure_workspace
from bot.surveys import Band
from bot.weeks import Week
from bot.workspace import Customer

WORKSPACE = "sample"
BUSINESS = "Esimerkki Oy (sample)"
WEEKS = 12
SEED = 47
CUSTOMERS = 240
AT_ONCE = 100
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
_ASKED_A_WEEK = {"csat": 60, "nps": 44, "ces": 24}


@dataclass(frozen=True, slots=True)
class _Chance:
    """How one survey's answers fall: the weights of its scores from the lowest up."""

    usual: tuple[int, ...]
    bad: tuple[int, ...]


_CHANCES = {
    "csat": _Chance((4, 6, 12, 34, 44), (12, 14, 20, 30, 24)),
    "nps": _Chance((2, 1, 2, 2, 3, 6, 6, 12, 18, 24, 24), (8, 6, 8, 8, 8, 12, 12, 12, 10, 8, 8)),
    "ces": _Chance((3, 4, 6, 10, 22, 30, 25), (10, 12, 16, 18, 18, 16, 10)),
}


async def fill(pulssi: Pulssi, progress: Callable[[int, int], None]) -> int:
    """Fills the sample workspace up to now; how many questions it made up. `Conflict` when it is there already."""
    made = await pulssi.store.write(lambda uow: _begin(uow, pulssi))
    history = list(_History(pulssi, made).invitations())
    for start in range(0, len(history), AT_ONCE):
        chunk = history[start : start + AT_ONCE]
        await pulssi.store.write(lambda uow, chunk=chunk: uow.invitations.save(chunk))  # type: ignore[misc]
        progress(min(start + AT_ONCE, len(history)), len(history))
    return len(history)


@dataclass(frozen=True, slots=True)
class _Ground:
    business: Business
    surveys: Sequence[StoredSurvey]
    customers: Sequence[tuple[Customer, Address]]


async def _begin(uow: UnitOfWork, pulssi: Pulssi) -> _Ground:
    if await uow.workspaces.get(WORKSPACE) is not None:
        raise Conflict(f"The workspace {WORKSPACE!r} is filled already; look at it with --workspace {WORKSPACE}.")
    workspace = await ensure_workspace(uow, pulssi.context, WORKSPACE, sample=True)
    named = replace(workspace, settings={"business_name": BUSINESS, "owner_channel": "webchat:owner"})
    await uow.workspaces.change(named)
    business = await pulssi.context.business(uow, WORKSPACE)
    surveys = [await pulssi.context.survey(uow, WORKSPACE, slug) for slug in _ASKED_A_WEEK]
    customers = []
    for number in range(CUSTOMERS):
        address = Address("webchat", f"sample-{number}", user=f"sample-{number}")
        fresh = Customer(pulssi.context.ids.new(), WORKSPACE, named.created_at, f"Sample customer {number}")
        customers.append((await uow.customers.add(fresh, address), address))
    return _Ground(business, surveys, customers)


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
                for _ in range(_ASKED_A_WEEK[stored.survey.slug]):
                    asked = self._moment(this.minus(back))
                    if asked < self._now:
                        yield self._one(stored, asked, last_week=back <= 1)

    def _moment(self, week: Week) -> datetime:
        day = self._chance.choice(week.days[:5])
        local = datetime.combine(day, time(self._chance.randrange(8, 18), self._chance.randrange(60)))
        return local.replace(tzinfo=self._ground.business.zone)

    def _one(self, stored: StoredSurvey, asked: datetime, *, last_week: bool) -> Saved:
        team = self._chance.choice(list(_TEAMS))
        subject = self._chance.randrange(len(_SUBJECTS))
        customer, address = self._chance.choice(self._ground.customers)
        self._ticket += 1
        about = Interaction(
            ticket=f"S-{self._ticket}", subject=_SUBJECTS[subject], agent=self._chance.choice(_TEAMS[team]), team=team,
            tags=(_TAGS[subject],), touchpoint="support",
        )  # fmt: skip
        invitation = Invitation(
            id=self._ids.new(), workspace=WORKSPACE, survey=stored.survey, survey_id=stored.id, state=State.SCHEDULED,
            decided_at=asked, cohort_day=asked.date(), expires_at=asked + stored.survey.expires_after,
            customer=customer.id, address=address, channel="webchat", interaction=about, by="sample",
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
