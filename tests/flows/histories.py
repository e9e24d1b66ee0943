"""Random histories of many weeks, put into a store the way that life puts them there: events happen to invitations."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.address import Address
from bot.conversation import advance
from bot.events import AnswerDeleted, CommentWritten, Delivered, Failed, InvitationEvent, ScoreChosen
from bot.invitation import Interaction, Invitation, Origin, State
from bot.ports import Saved, StoredSurvey, UnitOfWork
from bot.steps import HistoryEntry
from bot.surveys import Kind
from bot.values import replace
from bot.weeks import Week
from tests.world import World

HELSINKI = ZoneInfo("Europe/Helsinki")
AGENTS: Mapping[str, Sequence[str | None]] = {
    "Billing": ("Anna", "Jukka", "Mia"),
    "Delivery": ("Sanna", "Mats"),  # too small to be spoken of
    "Support": (None,),  # nobody names its agents
}
USUAL = {Kind.CSAT: {5: 45, 4: 30, 3: 10, 2: 8, 1: 7}, Kind.NPS: {10: 30, 8: 30, 7: 15, 5: 15, 0: 10},
         Kind.CES: {7: 30, 6: 30, 5: 20, 3: 12, 1: 8}}  # fmt: skip
BAD = {Kind.CSAT: {5: 15, 4: 10, 3: 20, 2: 25, 1: 30}, Kind.NPS: {10: 5, 8: 15, 5: 40, 0: 40},
       Kind.CES: {7: 5, 5: 15, 3: 40, 1: 40}}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """How a history comes about. `bad` is a team whose answers of the last week are bad; `quiet` a channel that seldom
    answers. `busy` weeks (counted back from the last) are asked as often as `many` says, the others as `few` does.
    """

    seed: int
    few: int = 12
    many: int = 60
    busy: Sequence[int] = (0, 1)
    bad: str = ""
    quiet: str = ""


class History:
    """The invitations of twelve weeks up to `last`, as they are at the end of it and a few hours more."""

    def __init__(self, surveys: Sequence[StoredSurvey], last: Week, now: datetime, shape: Shape) -> None:
        self._surveys, self._last, self._now, self._shape = surveys, last, now, shape
        self._chance = random.Random(shape.seed)  # noqa: S311  # a test, not a secret
        self._number = 0

    def saved(self) -> Iterator[Saved]:
        for back in range(12):
            times = self._shape.many if back in self._shape.busy else self._shape.few
            for stored in self._surveys:
                for _ in range(times):
                    yield self._one(stored, back)

    def _one(self, stored: StoredSurvey, back: int) -> Saved:
        chance, week = self._chance, self._last.minus(back)
        self._number += 1
        name, team = f"v{self._number}", chance.choice(list(AGENTS))
        local = datetime.combine(chance.choice(week.days), time(chance.randrange(24), chance.randrange(60)), HELSINKI)
        about = Interaction(
            agent=chance.choice(AGENTS[team]), team=team, touchpoint=chance.choice((None, "phone", "shop")),
            tags=tuple(sorted(chance.sample(("vat", "late", "login"), chance.randrange(3)))),
        )  # fmt: skip
        asked = Invitation(
            id=f"h{self._number:06}", workspace="default", survey=stored.survey, survey_id=stored.id,
            state=State.SCHEDULED, decided_at=local.astimezone(UTC), cohort_day=local.date(),
            expires_at=local.astimezone(UTC) + stored.survey.expires_after, address=Address("webchat", name, user=name),
            channel=chance.choice(("webchat", "telegram")), interaction=about,
            origin=chance.choices((Origin.ASKED, Origin.IMPORTED, Origin.TEST), (90, 6, 4))[0],
        )  # fmt: skip
        if chance.random() < 0.06:
            return Saved(None, replace(asked, state=State.SUPPRESSED, reason="asked_recently"))
        bad = back == 0 and team == self._shape.bad
        return self._lived(asked, list(self._events(stored, bad=bad, quiet=asked.channel == self._shape.quiet)))

    def _events(self, stored: StoredSurvey, *, bad: bool, quiet: bool) -> Iterator[tuple[int, InvitationEvent]]:
        chance, kind = self._chance, stored.survey.kind
        fate = chance.random()
        if fate < 0.1:
            if fate < 0.06:
                yield 1, Failed(chance.choice(("blocked", "never_shown")))
            return
        yield 1, Delivered()
        if chance.random() > (0.2 if quiet else 0.7):
            return
        weights = (BAD if bad else USUAL)[kind]
        yield chance.randrange(1, 3000), ScoreChosen(chance.choices(list(weights), list(weights.values()))[0])
        if chance.random() < 0.3:
            yield 5, CommentWritten(chance.choice(("It was fine", "Nobody called me back", "ok", "Tack så mycket")))
        if chance.random() < 0.1:
            yield 9, ScoreChosen(chance.choice(list(USUAL[kind])))
        if chance.random() < 0.03:
            yield 2, AnswerDeleted()

    def _lived(self, asked: Invitation, events: Sequence[tuple[int, InvitationEvent]]) -> Saved:
        after, moment, history = asked, asked.decided_at, list[HistoryEntry]()
        for minutes, event in events:
            moment += timedelta(minutes=minutes)
            if moment >= self._now:
                break
            step = advance(after, event, moment, moment.astimezone(HELSINKI).date())
            after, history = step.invitation, [*history, *step.history]
        return Saved(None, after, tuple(history))


async def fill(here: World, last: Week, shape: Shape) -> None:
    """Stores the history with all its counters."""

    async def job(uow: UnitOfWork) -> None:
        versions = [v for v in await uow.surveys.versions("default") if v.survey.kind is not Kind.OPEN]
        await uow.invitations.save(list(History(versions, last, here.clock.now(), shape).saved()))

    await here.store.write(job)
