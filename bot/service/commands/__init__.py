"""Commands that people give in a chat, and the buttons that they bring; the same for every channel."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.errors import Conflict, NotFound, PulssiError, StoreError
from bot.events import CommandGiven, FormSent, FormWanted, MenuPressed, MessageMarked, Request
from bot.ports import Store, UnitOfWork
from bot.prompts import CASES_MENU, FIGURES_MENU, NOTES_MENU, OWN_DATA_MENU
from bot.service.asking import Asking
from bot.service.commands import cases
from bot.service.commands.asking import CANCEL_MENU, SURVEY_MENU, Surveying
from bot.service.commands.cancelling import Cancelling
from bot.service.commands.details import Details
from bot.service.commands.figures import Figures
from bot.service.commands.form import Forms
from bot.service.commands.here import HERE_MENU, here, here_pressed
from bot.service.commands.home import Home
from bot.service.commands.membership import Joins, whoami
from bot.service.commands.menu import NEEDED_ROLE, commands_for, may
from bot.service.commands.notes import note, notes_pressed
from bot.service.commands.own_data import OwnData
from bot.service.commands.settings import (
    SETTINGS_MENU,
    business,
    settings,
    settings_pressed,
    timezone,
)
from bot.service.commands.starting import Starting, help_
from bot.service.commands.talk import Answer, Incomplete, Refusal, Talk
from bot.service.context import Context
from bot.service.membership import Membership
from bot.service.people import People
from bot.service.summaries import Summaries
from bot.workspace import Role

__all__ = ["Answer", "Commands", "commands_for"]

_Command = Callable[[Talk, CommandGiven], Awaitable[None]]
_Press = Callable[[Talk, str], Awaitable[None]]
LONGEST_VALUE: Final = 60  # bytes of ASCII (`bot.prompts.Button`); what is longer was never on a button of ours
_PRESS_NEEDS: Final[Mapping[str, Role | None]] = {
    SURVEY_MENU: Role.STAFF,
    CANCEL_MENU: Role.STAFF,
    CASES_MENU: Role.STAFF,
    SETTINGS_MENU: Role.OWNER,
    HERE_MENU: Role.OWNER,
    OWN_DATA_MENU: None,
    FIGURES_MENU: Role.STAFF,
    NOTES_MENU: Role.OWNER,
}


class Commands:
    """One request is one transaction: what it changes, its answers, and that it was seen."""

    def __init__(
        self,
        store: Store,
        context: Context,
        asking: Asking,
        membership: Membership,
        summaries: Summaries,
        people: People,
    ) -> None:
        self._store = store
        self._context = context
        self._membership = membership
        surveying, cancelling = Surveying(asking), Cancelling(asking)
        self._forms = Forms(surveying)
        joins, figures, own_data = Joins(membership), Figures(summaries), OwnData(asking, people)
        self._commands: Mapping[str, _Command] = {
            "start": Starting(asking).start,
            "help": help_,
            "claim": joins.join,
            "join": joins.join,
            "invite": joins.invite,
            "whoami": whoami,
            "survey": surveying.survey,
            "cancel": cancelling.cancel,
            "cases": cases.cases,
            "mine": figures.mine,
            "summary": figures.summary,
            "kpi": figures.kpi,
            "note": note,
            "here": here,
            "settings": settings,
            "timezone": timezone,
            "business": business,
            "mydata": own_data.show,
            "home": Home(summaries).show,
        }
        self._presses: Mapping[str, _Press] = {
            SURVEY_MENU: surveying.pressed,
            CANCEL_MENU: cancelling.pressed,
            CASES_MENU: cases.pressed,
            SETTINGS_MENU: settings_pressed,
            HERE_MENU: here_pressed,
            OWN_DATA_MENU: own_data.pressed,
            FIGURES_MENU: Details(summaries, figures).pressed,
            NOTES_MENU: notes_pressed,
        }

    async def handle(self, request: Request) -> Answer:
        """Does what the person wants, or says kindly why not; the answers are in the outbox when it returns.

        Errors: `StoreError` (nothing was stored, try again).
        """
        try:
            return await self._twice(request)
        except StoreError:
            raise
        except Incomplete as error:
            return Answer(errors=error.errors)
        except PulssiError as error:
            refused = error  # what was written is undone; that it was refused is stored by itself
        return await self._store.write(lambda uow: self._refuse(uow, request, refused))

    async def _twice(self, request: Request) -> Answer:
        try:
            return await self._store.write(lambda uow: self._once(uow, request))
        except Conflict:
            # Another process did something about the same person meanwhile; looking again finds it.
            return await self._store.write(lambda uow: self._once(uow, request))

    async def _once(self, uow: UnitOfWork, request: Request) -> Answer:
        if not await uow.events.first(request.event_id, self._context.clock.now()):
            return Answer(known=True)
        talk = await self._talk(uow, request)
        match request.event:
            case CommandGiven():
                await self._command(talk, request.event)
            case MenuPressed(value):
                await self._press(talk, value)
            case FormWanted() | FormSent() as event:
                await self._fill_in(talk, event)
            case MessageMarked() as event if talk.member is not None:  # anybody may put a sign on a message
                await self._forms.marked(talk, event)
            case MessageMarked():
                pass
        return await self._store_answers(talk)

    async def _refuse(self, uow: UnitOfWork, request: Request, error: PulssiError) -> Answer:
        if not await uow.events.first(request.event_id, self._context.clock.now()):
            return Answer(known=True)
        try:
            talk = await self._talk(uow, request)
        except NotFound:  # a workspace that is gone has nothing to say
            return Answer()
        # Our other errors speak English, and to operators.
        words = str(error) if isinstance(error, Refusal) else talk.texts("That did not work; nothing was changed.")
        if isinstance(request.event, MenuPressed):
            talk.hint(words)
        else:
            talk.say(words)
        return await self._store_answers(talk)

    async def _talk(self, uow: UnitOfWork, request: Request) -> Talk:
        found = await self._context.business(uow, request.workspace)
        member = await self._membership.who(uow, request.workspace, request.person.address, request.member)
        return Talk(uow=uow, request=request, context=self._context, business=found, member=member)

    async def _store_answers(self, talk: Talk) -> Answer:
        await talk.uow.outbox.add(talk.dispatches, talk.now)
        return Answer(talk.notice, prompts=tuple(talk.prompts), form=talk.form)

    async def _command(self, talk: Talk, command: CommandGiven) -> None:
        name = command.name.casefold()
        do = self._commands.get(name)
        if do is None:
            # In a group it is meant for another bot.
            if talk.request.address.private:
                talk.say(talk.texts("I do not know that command. /help shows what you can do here."))
        elif (refusal := _refusal(talk, NEEDED_ROLE.get(name))) is None:
            await do(talk, command)
        else:
            talk.say(refusal, at=talk.aside)

    async def _fill_in(self, talk: Talk, event: FormWanted | FormSent) -> None:
        if (refusal := _refusal(talk, Role.STAFF)) is not None:
            talk.say(refusal, at=talk.aside)
        elif isinstance(event, FormWanted):
            await self._forms.wanted(talk, event)
        elif cases.is_ours(event):
            await cases.filled_in(talk, event)
        else:
            await self._forms.sent(talk, event)

    async def _press(self, talk: Talk, value: str) -> None:
        menu, _, rest = value.partition(":")
        do = self._presses.get(menu)
        if do is None or not value.isascii() or len(value) > LONGEST_VALUE:
            talk.hint(talk.texts("This button does nothing any more."))
        elif (refusal := _refusal(talk, _PRESS_NEEDS[menu])) is None:
            await do(talk, rest)
        else:
            talk.hint(refusal)


def _refusal(talk: Talk, needed: Role | None) -> str | None:
    if needed is None or (talk.member is not None and may(talk.member.role, needed)):
        return None
    if talk.member is None:
        return talk.texts("Only members of the workspace can do that.")
    return talk.texts("Only owners can do that.")
