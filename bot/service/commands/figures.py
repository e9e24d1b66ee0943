"""/summary and /kpi for owners, /mine for whoever the answers are about."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.errors import WrongUse
from bot.events import CommandGiven
from bot.ports import StoredSurvey
from bot.prompts import Prompt, PromptKind
from bot.scoring import Figure, rate, rounded, score
from bot.service.commands.talk import Refusal, Talk, cleaned, pages
from bot.service.commands.verdicts import survey_words
from bot.service.figures import WEEKS_SHOWN, period
from bot.service.picturing import pictured
from bot.service.summaries import Summaries
from bot.spans import Every, Span, parse_span, reaches_back, span_of
from bot.summary import Period, for_staff
from bot.summary_text import named, to_prompt
from bot.surveys import Kind, Survey, listing_order
from bot.texts import Texts
from bot.texts.definitions import definition
from bot.weeks import Week, end_utc

MINE_DAYS: Final = 28
FEW: Final = 10  # KPI.md: below it a value says nothing alone
_WEEK_NUMBER: Final = re.compile(r"[Ww]?([0-9]{1,2})")


class Figures:
    """Figures of single people reach nobody but themselves (`PULSSI_AGENT_FIGURES`)."""

    def __init__(self, summaries: Summaries) -> None:
        self._summaries = summaries

    async def summary(self, talk: Talk, command: CommandGiven) -> None:
        """The last full local week, a week by its number, or with "now" this week so far."""
        typed = cleaned(command.argument).casefold()
        now = typed == "now"
        week = None if now or not typed else _week(talk, typed)
        # Where a place is limited to a group nobody reads what customers wrote to others there.
        place = talk.destination if talk.openly.place != talk.own.place else None
        found = await self._summaries.week_in(talk.uow, talk.workspace, week, preview=now, place=place)
        prompt = await pictured(talk.uow, found, to_prompt(found, _spoken(talk)), _spoken(talk))
        # No `week` on it: it is nobody's weekly message, and marks none as posted.
        talk.show(prompt, talk.openly)

    async def kpi(self, talk: Talk, command: CommandGiven) -> None:
        """One survey, or each that has been answered; this local week so far and the last one."""
        texts, slug = _spoken(talk), cleaned(command.argument).casefold()
        surveys = await _scored(talk)
        if slug and slug not in surveys:
            words = talk.texts("There is no survey {name} with figures; there are: {names}.")
            raise Refusal(words.format(name=slug, names=", ".join(surveys)))
        for page in pages(await self._lines(talk, slug, texts)):
            talk.tell(texts("This week so far, and last week"), *page)

    @staticmethod
    async def _lines(talk: Talk, slug: str, texts: Texts) -> list[str]:
        lines: list[str] = []
        for one in [slug] if slug else await _scored(talk):
            lines += await _two_weeks(talk, one, texts, always=bool(slug))
        return lines or [texts("Nobody has answered this week or last week.")]

    async def pressed(self, talk: Talk, value: str) -> None:
        """`kpi`, `now:month`: what is new since a message, for whoever pressed alone; `now` follows the rhythm."""
        if value == "kpi":
            title = talk.texts("This week so far, and last week")
            for page in pages(await self._lines(talk, "", talk.texts)):
                prompt = Prompt(PromptKind.INFO, talk.texts.locale, title=title, lines=tuple(page))
                talk.show(prompt, talk.own, beside=True)
        else:
            every = Every(value.partition(":")[2] or talk.business.every)
            span = span_of(talk.business.today(talk.now), every)
            found = await self._summaries.week_in(talk.uow, talk.workspace, span, preview=True)
            shown = found if talk.is_owner else for_staff(found)
            talk.show(to_prompt(shown, talk.texts), talk.own, beside=True)

    async def mine(self, talk: Talk, _command: CommandGiven) -> None:
        """The last four weeks of whoever writes, where no other member goes by the same name."""
        texts, member = talk.texts, talk.known()
        if talk.context.settings.agent_figures == "off":
            talk.say(texts("Figures of single people are switched off here."))
            return
        if sum(one.name == member.name for one in await talk.uow.members.all(talk.workspace)) > 1:
            talk.say(texts("Several members have your name, so I cannot tell your answers apart."))
            return
        title = texts("Answers about your work, the last four weeks")
        lines = [line for slug in await _scored(talk) if (line := await _own_line(talk, slug, member.name))]
        counted = texts("An answer counts here when its question named you, {name}, as the one who helped. "
                         "Only you see this.").format(name=member.name)  # fmt: skip
        talk.say(title, *(lines or [texts("None yet.")]), counted)


def _spoken(talk: Talk) -> Texts:
    """Where all owners read, the business's language."""
    return talk.business.texts if talk.at_owners and talk.here.shared else talk.texts


def _week(talk: Talk, typed: str) -> Span:
    """`2026-w47`, a day, a month, or the number alone of a week that has begun: this year's, else last year's."""
    today = talk.business.today(talk.now)
    this = Week.of(today)
    number = _WEEK_NUMBER.fullmatch(typed)
    words = talk.texts("I do not know that week. Write its number, as in /summary {number} or /summary {week}.")
    try:
        week = _numbered(int(number[1]), this) if number else parse_span(typed)
    except WrongUse:
        raise Refusal(words.format(number=this.number, week=this)) from None
    if not reaches_back(week, WEEKS_SHOWN):
        raise Refusal(words.format(number=this.number, week=this))
    if week.first > today:
        raise Refusal(_ahead(week, talk.texts))
    return week


def _ahead(span: Span, texts: Texts) -> str:
    if isinstance(span, Week):
        return texts("Week {week} has not begun.").format(week=span)
    return texts("{when} has not begun.").format(when=named(span, texts))


def _numbered(number: int, this: Week) -> Week:
    return Week(this.year - (number > this.number), number)


async def _scored(talk: Talk) -> Mapping[str, StoredSurvey]:
    """The newest version of each survey that has a figure, in the order in which they are listed."""
    versions = await talk.uow.surveys.versions(talk.workspace)
    ordered = sorted(versions, key=lambda stored: listing_order(stored.survey))
    return {stored.survey.slug: stored for stored in ordered if stored.survey.kind is not Kind.OPEN}


async def _two_weeks(talk: Talk, slug: str, texts: Texts, *, always: bool) -> list[str]:
    this = Week.of(talk.business.today(talk.now))
    periods = [
        await period(talk.uow, talk.business, slug, week.monday, week.sunday) for week in (this, this.previous())
    ]
    if not always and not any(one.histogram or one.delivered for one in periods):
        return []
    titles = (texts("This week so far"), texts("Last week"))
    survey = periods[0].survey
    lines = [f"{title}: {_period_line(talk, found, texts)}" for title, found in zip(titles, periods, strict=True)]
    return [survey_words(survey, texts), *lines, definition(survey, texts)]


def _period_line(talk: Talk, found: Period, texts: Texts) -> str:
    parts = [figure_words(found.survey, score(found.survey, found.histogram), texts)]
    share = rounded(rate(found.answered, found.delivered).value, 0)
    if share is not None:
        settled = talk.now >= end_utc(Week.of(found.last), talk.business.zone) + 2 * found.survey.expires_after
        told = texts.percent(share) if settled else texts("{share} so far").format(share=texts.percent(share))
        words = texts("answered {answered} of {delivered} delivered ({share})")
        delivered, answered = texts.number(found.delivered), texts.number(found.answered)
        parts.append(words.format(delivered=delivered, answered=answered, share=told))
    if found.left_out:
        parts.append(
            texts.plural(
                "{survey}: {n} answer on another scale is not counted in it.",
                "{survey}: {n} answers on another scale are not counted in it.",
                found.left_out,
                survey=found.survey.slug,
            ).rstrip(".")
        )
    return " · ".join(parts)


async def _own_line(talk: Talk, slug: str, name: str) -> str:
    today = talk.business.today(talk.now)
    first = today - timedelta(days=MINE_DAYS - 1)
    found = await period(talk.uow, talk.business, slug, first, today, "agent")
    own = dict(found.by).get(name)
    if not own:
        return ""
    words = figure_words(found.survey, score(found.survey, own), talk.texts)
    return f"{survey_words(found.survey, talk.texts)} {words}"


def figure_words(survey: Survey, figure: Figure, texts: Texts) -> str:
    """The value, its likely range, and what they rest on; a few answers are named as few (KPI.md)."""
    answers = texts.plural("{n} answer", "{n} answers", figure.n)
    if figure.value is None or figure.interval is None:
        return answers
    places = 1 if survey.kind is Kind.CES else 0
    value = texts.number(rounded(figure.value, places) or 0.0, places)
    if survey.kind is Kind.CSAT:
        value = texts.percent(rounded(figure.value, 0) or 0.0)
    elif survey.kind is Kind.CES and survey.scale is not None:
        words = texts("{value} of {highest}")
        value = words.format(value=value, lowest=survey.scale.low, highest=survey.scale.high)
    low, high = (rounded(end, places) or 0.0 for end in (figure.interval.low, figure.interval.high))
    # A dash beside a minus sign cannot be read.
    likely = texts("(likely {low}\u2013{high})") if low >= 0 else texts("(likely {low} to {high})")
    told = f"{value} {likely.format(low=texts.number(low, places), high=texts.number(high, places))} · {answers}"
    return f"{told} · {texts('too few answers')}" if figure.n < FEW else told
