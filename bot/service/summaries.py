"""The weekly message: when it is due, what stands in it, where it goes; previews and figures on demand."""

from datetime import date, datetime, timedelta

import structlog

from bot.address import Address
from bot.business import Business
from bot.channels import traits
from bot.destinations import Destination
from bot.errors import WrongUse
from bot.ports import Rhythm, Store, SummaryDecision, UnitOfWork
from bot.prompts import Prompt
from bot.service.context import Context
from bot.service.figures import WEEKS_SHOWN, period, week_summary
from bot.service.narrowing import narrowed_to
from bot.service.picturing import pictured
from bot.service.posting import posting_of, put_on_its_way, unaddressed
from bot.spans import Every, Span, due_spans, every_of, parse_span, post_at, reaches_back, span_of
from bot.summary import Edition, Period, Summary, figures_json
from bot.summary_text import comment_line, to_prompt
from bot.values import replace
from bot.weeks import Week, end_utc

log = structlog.get_logger()
LATE_AFTER = timedelta(hours=1)


class Summaries:
    """Exactly one decision per workspace and local week; sends of it are at least once."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    async def post_due(self) -> list[Span]:
        """Posts what has become due in all workspaces; after downtime only the newest week, naming the others."""
        async with self._store.reading() as uow:
            due = [
                workspace.name
                for workspace in await uow.workspaces.all()
                # Sample history is for looking at: it posts nothing by itself.
                if not workspace.sample and await self._is_due(uow, workspace.name)
            ]
        posted = [await self._post(name) for name in due]
        return [week for week in posted if week is not None]

    async def week(self, workspace: str, week: Span | None = None, *, preview: bool = False) -> Summary:
        """The summary of a week (default: the last full local week; as a preview: this week so far).

        `WrongUse` for a week that has not begun.
        """
        async with self._store.reading() as uow:
            return await self.week_in(uow, workspace, week, preview=preview)

    async def week_in(
        self,
        uow: UnitOfWork,
        workspace: str,
        week: Span | None = None,
        *,
        preview: bool = False,
        place: Destination | None = None,
    ) -> Summary:
        """As `week`, in a transaction of the caller's; at a `place` that is limited, of what it may read."""
        business = await self._context.business(uow, workspace)
        chosen = self._begun(business, week) or self._default_week(business, preview=preview)
        edition = self._edition(business, chosen, preview=preview)
        found = await week_summary(uow, business, edition, self._context.clock.now())
        return found if place is None else await narrowed_to(uow, business, found, place)

    async def message(self, summary: Summary) -> Prompt:
        """The summary in the workspace's language."""
        async with self._store.reading() as uow:
            business = await self._context.business(uow, summary.edition.workspace)
        return to_prompt(summary, business.texts)

    async def post_again(self, workspace: str, week: Span | None = None) -> Summary:
        """Posts a week's message on demand. It never uses up the scheduled one; a second post says that it is one."""

        async def job(uow: UnitOfWork) -> Summary:
            business = await self._context.business(uow, workspace)
            chosen = self._begun(business, week) or self._default_week(business, preview=False)
            if (unknown := _nowhere(business)) is not None:
                label = traits(unknown.channel).label
                raise WrongUse(f"{label} has not told yet whom we speak for: start `pulssi serve` for this workspace.")
            resent = await uow.summaries.posts(workspace, str(chosen)) > 0
            edition = replace(self._edition(business, chosen, preview=False), resent=resent)
            summary = await week_summary(uow, business, edition, self._context.clock.now())
            await self._send(uow, business, summary)
            return summary

        return await self._store.write(job)

    async def figures(
        self, workspace: str, slug: str, first: date | None = None, last: date | None = None, by: str | None = None
    ) -> Period:
        """One survey's figures; without dates this local week to today."""
        async with self._store.reading() as uow:
            business = await self._context.business(uow, workspace)
            today = business.today(self._context.clock.now())
            until = last or max(today, first or today)
            since = first or min(Week.of(today).monday, until)
            return await period(uow, business, slug, since, until, by)

    def _begun(self, business: Business, week: Span | None) -> Span | None:
        today = business.today(self._context.clock.now())
        if isinstance(week, Week) and week.monday > today:
            raise WrongUse(f"The week {week} has not begun; this is the week {Week.of(today)}.")
        if week is not None and week.first > today:
            raise WrongUse(f"{week} has not begun; today is {today}.")
        if week is not None and not reaches_back(week, WEEKS_SHOWN):
            raise WrongUse(f"{week} is too early: a message tells of the {WEEKS_SHOWN - 1} before it, too.")
        return week

    async def _is_due(self, uow: UnitOfWork, workspace: str) -> bool:
        try:
            business = await self._context.business(uow, workspace)
            return await self._notes_rhythm(uow, business) or bool(await self._due(uow, business))
        except WrongUse as error:
            log.warning("no weekly message", workspace=workspace, error=str(error))
            return False

    async def _post(self, workspace: str) -> Span | None:
        try:
            return await self._store.write(lambda uow: self._post_due(uow, workspace))
        except WrongUse as error:
            # One business that cannot be told its week must not cost the others theirs.
            log.warning("no weekly message", workspace=workspace, error=str(error))
            return None

    async def _due(self, uow: UnitOfWork, business: Business) -> list[Span]:
        """Since the rhythm is what it is; what was due in another one before that is not made up for."""
        name, every = business.workspace.name, business.every
        known = await uow.summaries.rhythm(name)
        if every is Every.OFF or known is None or known.every is not every:
            return []
        newest = await uow.summaries.newest(name, every)
        last = parse_span(newest.week) if newest else None
        return due_spans(last, known.since, self._context.clock.now(), business.summary_at, business.zone, every)

    async def _notes_rhythm(self, uow: UnitOfWork, business: Business) -> bool:
        """Is the rhythm or its hour another one than at the last look?"""
        known = await uow.summaries.rhythm(business.workspace.name)
        return known is None or (known.every, known.schedule) != (business.every, _schedule(business))

    async def _keep_rhythm(self, uow: UnitOfWork, business: Business) -> None:
        """One that was never looked at has had its rhythm from the start, unless it had a message in another."""
        name, now, schedule = business.workspace.name, self._context.clock.now(), _schedule(business)
        known = await uow.summaries.rhythm(name)
        if known is None:
            others = [every for every in (Every.DAY, Every.WEEK, Every.MONTH) if every is not business.every]
            had = [await uow.summaries.newest(name, every) for every in others]
            since = now if any(had) else business.workspace.created_at
            known = Rhythm(business.every, since, schedule, since)
        since = known.since if known.every is business.every else now
        moved = known.schedule not in {None, schedule}  # of looks by older versions the hour is not known
        scheduled = now if moved else known.scheduled or known.since
        await uow.summaries.keep_rhythm(name, Rhythm(business.every, since, schedule, scheduled))

    async def _post_due(self, uow: UnitOfWork, workspace: str) -> Span | None:
        business = await self._context.business(uow, workspace)
        if await self._notes_rhythm(uow, business):
            await self._keep_rhythm(uow, business)
        due = await self._due(uow, business)
        if not due:
            return None
        *missed, week = due
        now = self._context.clock.now()
        resent = await uow.summaries.posts(workspace, str(week)) > 0
        edition = replace(self._edition(business, week, preview=False), missed=tuple(missed), resent=resent)
        summary = await week_summary(uow, business, await _lateness(uow, edition, business, now), now)
        state = "posting" if business.owner_channels else "no_destination"
        decision = SummaryDecision(workspace, str(week), state, now, figures=figures_json(summary))
        if not await uow.summaries.decide(decision):
            return None
        for passed in missed:
            await uow.summaries.decide(SummaryDecision(workspace, str(passed), "passed_over", now))
        await self._send(uow, business, summary)
        return week

    async def _send(self, uow: UnitOfWork, business: Business, summary: Summary) -> None:
        now, week = self._context.clock.now(), str(summary.edition.week)
        await uow.summaries.note_post(business.workspace.name, week, now)
        for destination in business.destinations:
            told = await narrowed_to(uow, business, summary, destination)
            words = await pictured(uow, told, to_prompt(told, business.texts), business.texts)
            said = with_details(words, destination.address)
            lines = [comment_line(one, business.texts, every_of(told.edition.week)) for one in told.comments]
            quotes = [(one.invitation, line) for one, line in zip(told.comments, lines, strict=True)]
            begun = posting_of(business.workspace.name, week, destination, now)
            await put_on_its_way(uow, begun, said, quotes, now)

    def _default_week(self, business: Business, *, preview: bool) -> Span:
        this = span_of(business.today(self._context.clock.now()), business.every)
        return this if preview else this.previous()

    def _edition(self, business: Business, week: Span, *, preview: bool) -> Edition:
        now, end = self._context.clock.now(), end_utc(week, business.zone)
        return Edition(
            workspace=business.workspace.name,
            business=business.name,
            week=week,
            timezone=business.zone.key,
            sample=business.workspace.sample,
            preview=preview,
            so_far=now < end,
            agents=self._context.settings.agent_figures == "owner",
        )


async def _lateness(uow: UnitOfWork, edition: Edition, business: Business, now: datetime) -> Edition:
    """With when it was due, if it is late; one whose hour was set when that was over is not."""
    due, known = (
        post_at(edition.week, business.summary_at, business.zone),
        await uow.summaries.rhythm(edition.workspace),
    )
    set_later = known is not None and known.scheduled is not None and due < known.scheduled
    if now - due < LATE_AFTER or set_later:
        return edition
    return replace(edition, late=business.today(now), due=due.astimezone(business.zone))


def _schedule(business: Business) -> str:
    return f"{business.summary_at} {business.zone.key}"


def _nowhere(business: Business) -> Address | None:
    return next((address for address in business.owner_channels if unaddressed(address)), None)


def with_details(prompt: Prompt, address: Address) -> Prompt:
    """With the buttons below the message where they work; whoever presses one reads the answer alone, by their role."""
    return prompt if traits(address.channel).menus else replace(prompt, buttons=())
