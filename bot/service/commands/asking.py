"""/survey: a member says whom, about what and with which survey, reads whether it will be asked, and confirms."""

from typing import Final

from bot.events import CommandGiven
from bot.invitation import Interaction
from bot.policy import Reason
from bot.prompts import Button
from bot.service.asked import Asked, AskRequest, link_of
from bot.service.asking import Asking
from bot.service.commands import verdicts
from bot.service.commands.choosing import planned
from bot.service.commands.plan import Candidate, Plan, keep, kept, new_draft
from bot.service.commands.talk import Talk, menu_button
from bot.texts import Texts
from bot.values import replace
from bot.workspace import Role

SURVEY_MENU: Final = "s"
CANCEL_MENU: Final = "c"
MOST_SHOWN: Final = 8
_PERSON, _KIND = "p", "k"
_LONGEST_COUNT: Final = 2


class Surveying:
    """The dialogue is in the member's own chat, so that no group reads a customer's name or verdict."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def survey(self, talk: Talk, command: CommandGiven) -> None:
        await self.go_on(talk, await planned(talk, command))

    async def go_on(self, talk: Talk, plan: Plan) -> None:
        """Asks for what the plan still lacks, or shows what would come of it."""
        await self._next(talk, new_draft(talk), plan)

    async def at_once(self, talk: Talk, plan: Plan) -> None:
        """Asks without a look first, unless the person was asked recently: then the member decides."""
        await self._ask(talk, new_draft(talk), plan)

    async def pressed(self, talk: Talk, value: str) -> None:
        """`<draft>:<what>`; what nobody of us put there does nothing."""
        draft, _, what = value.partition(":")
        plan = await kept(talk, draft)
        chosen = _chosen(plan, what) if plan else None
        if plan is None:
            talk.hint(talk.texts("This is no longer open. Write /survey again."))
        elif what == "ask" and plan.to is not None:
            await self._ask(talk, draft, plan)
        elif what == "skip":
            await talk.uow.members.drop_draft(draft)
            talk.say(talk.texts("All right, nobody was asked."))
        elif what == "why" and plan.to is not None:
            await self._decide(talk, draft, plan, explained=True)
        elif chosen is not None:
            await self._next(talk, draft, chosen)

    async def _next(self, talk: Talk, draft: str, plan: Plan) -> None:
        if plan.to is None and not plan.by_link:
            await self._who(talk, draft, plan)
        elif not plan.survey:
            await self._which(talk, draft, plan)
        elif plan.to is None:
            await talk.uow.members.drop_draft(draft)
            await self._told(talk, plan, await self._asking.ask_in(talk.uow, _request(talk, plan)))
        else:
            await self._decide(talk, draft, plan)

    async def _who(self, talk: Talk, draft: str, plan: Plan) -> None:
        texts, people = talk.texts, plan.people[:MOST_SHOWN]
        if not people:
            talk.say(
                texts("Whom shall I ask? Nobody has been in touch yet."),
                texts("Write a ticket or an address behind the command, as in /survey T-1042."),
            )
            return
        await keep(talk, draft, plan)
        left = len(plan.people) - len(people)
        talk.say(
            texts("Whom shall I ask?"),
            plan.ticket,
            texts.plural("{n} more is not shown: write more of the name.",
                         "{n} more are not shown: write more of the name.", left) if left else "",
            buttons=tuple(
                menu_button(verdicts.listed(one, texts), SURVEY_MENU, draft, f"{_PERSON}{number}")
                for number, one in enumerate(people)
            ),
        )  # fmt: skip

    async def _which(self, talk: Talk, draft: str, plan: Plan) -> None:
        await keep(talk, draft, plan)
        buttons = []
        for number, slug in enumerate(plan.surveys):
            found = await talk.context.survey(talk.uow, talk.workspace, slug)
            label = verdicts.survey_words(found.survey, talk.texts)
            buttons.append(menu_button(label, SURVEY_MENU, draft, f"{_KIND}{number}"))
        whom = verdicts.named(plan.to) if plan.to else ""
        lines = (part for part in (whom, plan.ticket) if part)
        talk.say(talk.texts("Which question?"), " · ".join(lines), buttons=tuple(buttons))

    async def _decide(self, talk: Talk, draft: str, plan: Plan, *, explained: bool = False) -> None:
        """What would come of it, in words, with what the member can do now."""
        assert plan.to is not None  # noqa: S101  # `_next` and `pressed` looked
        texts = talk.texts
        asked = await self._asking.ask_in(talk.uow, replace(_request(talk, plan), dry_run=True))
        recently = asked.verdict.ask and asked.verdict.reason is Reason.ASKED_RECENTLY
        await keep(talk, draft, replace(plan, warned=recently))
        talk.say(
            await verdicts.verdict_of(talk, asked, plan.to),
            await verdicts.details(talk, asked, plan),
            *(verdicts.rules(texts) if explained else ()),
            buttons=(
                *_choices(draft, texts, ask=asked.verdict.ask, recently=recently),
                *(() if explained else (menu_button(texts("Why?"), SURVEY_MENU, draft, "why"),)),
            ),
        )

    async def _ask(self, talk: Talk, draft: str, plan: Plan) -> None:
        request = replace(_request(talk, plan), anyway=plan.warned, asks_back=True)
        asked = await self._asking.ask_in(talk.uow, request)
        if asked.needs_confirmation:  # somebody else asked meanwhile
            await self._decide(talk, draft, plan)
            return
        await talk.uow.members.drop_draft(draft)
        await self._told(talk, plan, asked)

    async def _told(self, talk: Talk, plan: Plan, asked: Asked) -> None:
        """What happened, and as long as it is open, the way back."""
        link = link_of(asked, talk.workspace, talk.context.settings.public_url)
        open_ = asked.invitation is not None and asked.verdict.ask
        cancel: tuple[Button, ...] = ()
        if open_ and asked.invitation is not None:
            cancel = (menu_button(talk.texts("Cancel it"), CANCEL_MENU, asked.invitation.id),)
        talk.say(
            await verdicts.outcome(talk, asked, plan, link),
            link or "",
            await verdicts.details(talk, asked, plan),
            buttons=cancel,
        )


def _request(talk: Talk, plan: Plan) -> AskRequest:
    """Whoever of the staff asks is the one who helped, as long as nobody says otherwise."""
    member = talk.known()
    to = plan.to or Candidate(verdicts.link_place(talk))
    agent = plan.agent or (member.name if member.role is Role.STAFF else "")
    about = Interaction(
        ticket=plan.ticket or None,
        subject=plan.subject or None,
        agent=agent or None,
        team=plan.team or None,
        tags=plan.tags,
    )
    return AskRequest(
        workspace=talk.workspace,
        survey=plan.survey,
        to=to.address,
        by=f"member:{member.id}",
        about=about,
        customer_name=to.name or None,
        locale=to.locale or None,
    )


def _chosen(plan: Plan, what: str) -> Plan | None:
    """The plan with the person or the survey that the button counts to."""
    kind, count = what[:1], what[1:]
    if not (count.isascii() and count.isdigit() and len(count) <= _LONGEST_COUNT):
        return None
    number = int(count)
    if kind == _PERSON and number < len(plan.people):
        return plan.about(plan.people[number])
    if kind == _KIND and number < len(plan.surveys):
        return replace(plan, survey=plan.surveys[number])
    return None


def _choices(draft: str, texts: Texts, *, ask: bool, recently: bool) -> tuple[Button, ...]:
    if not ask:
        return ()
    label = texts("Ask all the same") if recently else texts("Ask")
    return menu_button(label, SURVEY_MENU, draft, "ask"), menu_button(texts("Skip"), SURVEY_MENU, draft, "skip")
