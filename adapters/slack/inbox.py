"""Brings what happens in Slack to the core, and says what to acknowledge it with; the same over socket and HTTP."""

import json
from typing import Any, Final, Protocol

import structlog

from adapters.presses import refused
from adapters.slack import chosen, parse, views
from adapters.slack.acting import place
from adapters.slack.completing import completed
from adapters.slack.desk import Desk
from adapters.slack.faces import Faces
from adapters.slack.parse import Me, Received
from adapters.slack.standpoint import CHANNEL
from adapters.whereabouts import People
from bot.address import Address
from bot.errors import (
    NotAllowed,
    NotFound,
    PulssiError,
    StoreError,
    StoreUnavailable,
    TryAgainLater,
    described,
)
from bot.events import Arrival, CommandGiven, CommentWritten, Person, Request
from bot.ports import Store, Tokens
from bot.service.commands import Answer
from bot.texts import best_locale
from bot.texts import texts as texts_of
from bot.values import replace

Body = dict[str, Any]
NOTHING: Final[Body] = {}
log = structlog.get_logger()


class Commands(Protocol):
    """What the core does with commands, menus and forms."""

    async def handle(self, request: Request) -> Answer: ...


class Team(Protocol):
    """Whoever knows which team the app works in, and has to know when it was taken out of it."""

    @property
    def me(self) -> Me: ...

    def revoked(self) -> None: ...


class Inbox:
    """Everything is committed when `take` returns; only then may it be acknowledged.

    Each returns what goes back with the acknowledgement: nothing, or what becomes of a dialogue (`response_action`).
    `StoreUnavailable`, or `TryAgainLater` where Slack has to be asked first: no acknowledgement, so it comes again.
    Nothing else keeps one back, or one bad event would come again and again.
    """

    def __init__(  # noqa: PLR0913  # the runtime names each
        self,
        *,
        team: Team,
        tokens: Tokens,
        store: Store,
        people: People,
        commands: Commands,
        desk: Desk,
        faces: Faces,
        locale: str,
    ) -> None:
        self._tokens = tokens
        self._store = store
        self._people = people
        self._commands = commands
        self._desk = desk
        self._faces = faces
        self._team = team
        self._locale = locale

    async def take(self, payload: parse.Payload) -> Body:
        answer = NOTHING
        try:
            for received in parse.read(payload, self._team.me, self._tokens):
                answer = await self._one(payload, received) or answer
        except TryAgainLater as error:
            log.warning("slack event waits for slack", error=str(error))
            raise
        except StoreUnavailable as error:
            log.warning("slack event not stored", error=str(error))  # Bolt keeps what it catches to itself
            raise
        except PulssiError as error:
            if isinstance(error, StoreError):
                log.error("event could not be stored", error=described(error))
            return self._refused(payload, error)
        except Exception as error:  # noqa: BLE001  # see above
            log.error("event could not be handled", error=described(error))
            return self._refused(payload, PulssiError())
        return answer

    async def _one(self, payload: parse.Payload, received: Received) -> Body:
        match received:
            case Arrival():
                return await self._record(received)
            case parse.Submitted():
                return await self._submit(received.request)
            case Request():
                self._open_asked_for(payload, await self._answer(received))
            case parse.FormOpened():
                await self._open_form(received)
            case parse.Pressed():
                await self._press(received)
            case parse.HomeOpened():
                await self._show_home(received.request)
            case _:
                await self._rest(payload, received)
        return NOTHING

    async def _rest(self, payload: parse.Payload, received: Received) -> None:
        match received:
            case parse.WriteWanted():
                await self._open_comment(received)
            case parse.Marked():
                await self._mark(received)
            case parse.Refused(reply=reply):
                self._refuse(payload, reply)
            case _:
                await self._note(received)

    async def _open_comment(self, wanted: parse.WriteWanted) -> None:
        """For whoever was asked; nobody else is to write words that would not be kept."""
        address = wanted.address
        async with self._store.reading() as uow:
            found = (await uow.invitations.load([wanted.invitation])).get(wanted.invitation)
        if found is None or found.address is None:
            raise NotFound("This question is no longer known here.")
        if not found.address.is_open_call and found.address.own.key != address.own.key:
            texts = texts_of(self._spoken_by(address))
            raise NotAllowed(texts("This question is meant for someone else, so your answer was not stored."))
        carried = {"token": wanted.token, "conversation": address.conversation, "thread": address.thread}
        view = views.comment(self._spoken_by(address), json.dumps(carried))
        self._desk.begin(self._desk.open(wanted.trigger, view))

    async def _record(self, arrival: Arrival) -> Body:
        known = self._faces.knows(arrival.address.user or arrival.address.conversation)
        if not known and arrival.address.shared and self._faces.spare():
            await self._learn(arrival.address)  # the message there is about to say who has answered
            known = True
        if known or arrival.aloud:
            arrival = await self._spoken(arrival)
        outcome = await self._store.record(arrival)
        if not known and self._faces.spare():
            self._desk.begin(self._learn(arrival.address))
        if outcome.notice and not arrival.aloud:
            if isinstance(arrival.event, CommentWritten):
                told = views.notice(self._spoken_by(arrival.address), outcome.notice)
                return {"response_action": "update", "view": told}
            self._desk.begin(self._desk.hint(arrival.address, arrival.reply, outcome.notice))
        return NOTHING

    async def _spoken(self, arrival: Arrival) -> Arrival:
        """With the person's language: asked for where they wait for words, else as far as it is known."""
        user = arrival.address.user or arrival.address.conversation
        face = await self._faces.face(user, self._team.me.account) if arrival.aloud else self._faces.seen(user)
        return replace(arrival, locale=face.locale) if face is not None and face.locale else arrival

    async def _learn(self, address: Address) -> None:
        """The name tells the others who has answered; the language is that of the next question."""
        user = address.user or address.conversation
        known = await self._faces.person(Person(Address(CHANNEL, user, address.account)))
        if known.name:
            await self._people.name(self._team.me.workspace, known, address)

    async def _answer(self, request: Request) -> Answer:
        """The core's answer; a notice beside it is shown to whoever asked."""
        if _posts_there(request) and not await self._desk.may_post(request.address.conversation):
            texts = texts_of(self._spoken_by(request.person.address))
            words = texts("Invite the bot to the channel: {command}").format(command="/invite @pulssi")
            self._desk.begin(self._desk.hint(request.address, request.reply, words))
            return Answer()
        return await self._handle(await completed(request, self._faces))

    async def _handle(self, request: Request) -> Answer:
        answer = await self._commands.handle(request)
        if answer.notice and not request.in_place:
            self._desk.begin(self._desk.hint(request.address, request.reply, answer.notice))
        return answer

    async def _open_form(self, opened: parse.FormOpened) -> None:
        request = opened.request
        answer = await self._answer(request)
        lang = self._spoken_by(request.person.address)
        if answer.form is not None:
            self._desk.begin(self._desk.open(opened.trigger, views.form(answer.form)))
        elif answer.prompts:
            self._desk.begin(self._desk.open(opened.trigger, views.dialogue(answer.prompts, self._tokens, lang)))

    def _open_asked_for(self, payload: parse.Payload, answer: Answer) -> None:
        """What a button below a message asks for is filled in where dialogues open."""
        if answer.form is not None and isinstance(payload, parse.Interaction) and payload.trigger_id:
            self._desk.begin(self._desk.open(payload.trigger_id, views.form(answer.form)))

    async def _press(self, pressed: parse.Pressed) -> None:
        request = pressed.request
        answer = await self._answer(request)
        lang = self._spoken_by(request.person.address)
        user = request.person.address.conversation
        if pressed.surface == "home":
            if answer.prompts:
                shown = views.home(answer.prompts, self._tokens, lang, inner=True)
                self._desk.begin(self._desk.publish(user, shown))
            elif answer.notice:  # what stands there is not theirs to use any more
                home = replace(request, event_id=f"{request.event_id}:home", event=CommandGiven("home"))
                await self._show_home(home)
            return
        if answer.prompts:
            shown = views.dialogue(answer.prompts, self._tokens, lang)
        elif answer.notice:
            shown = views.notice(lang, answer.notice)
        else:
            return
        self._desk.begin(self._desk.update(pressed.view_id, pressed.view_hash, shown))

    async def _submit(self, request: Request) -> Body:
        request = await completed(request, self._faces)
        lang = self._spoken_by(request.person.address)
        texts = texts_of(lang)
        if found := chosen.unfit(request.event, self._faces, texts):
            return views.errors(found)
        answer = await self._handle(request)
        if answer.known:  # they did not hear of it the first time, and sent it again
            return {"response_action": "update", "view": views.notice(lang, texts("This was sent already."))}
        if answer.errors:
            return views.errors(answer.errors)
        if answer.prompts:
            return {"response_action": "update", "view": views.dialogue(answer.prompts, self._tokens, lang)}
        if answer.notice:
            return {"response_action": "update", "view": views.notice(lang, answer.notice)}
        return NOTHING

    async def _show_home(self, request: Request) -> None:
        answer = await self._answer(request)
        if answer.prompts:
            lang = self._spoken_by(request.person.address)
            shown = views.home(answer.prompts, self._tokens, lang, inner=False)
            self._desk.begin(self._desk.publish(request.person.address.conversation, shown))

    async def _mark(self, marked: parse.Marked) -> None:
        """Whether it stands on a ticket's first message only Slack knows."""
        if await self._desk.begins_a_thread(marked.channel, marked.ts):
            await self._answer(marked.request)

    async def _note(self, received: Received) -> None:
        workspace = self._team.me.workspace
        match received:
            case parse.Here(person, address):
                await self._people.meet(workspace, await self._faces.person(person), address)
            case parse.Gone(address):
                await self._people.lose(workspace, address)
            case parse.Migrated(old, new):
                await self._people.move(old, new)
            case parse.Revoked():
                self._team.revoked()
            case _:
                log.info("slack event of another team was left alone")

    def _spoken_by(self, address: Address) -> str:
        """The person's language, as far as Slack has told it."""
        face = self._faces.seen(address.user or address.conversation)
        return best_locale(face.locale if face else None, self._locale)

    def _refuse(self, payload: parse.Payload, reply: str) -> None:
        person = parse.person(payload, self._team.me)
        if person is not None:
            texts = texts_of(self._spoken_by(person.address))
            words = texts("This works only in the workspace of the business that asks.")
            where = person.address if isinstance(payload, parse.Envelope) else place(payload, self._team.me, person)
            self._desk.begin(self._desk.hint(where, reply, words))

    def _refused(self, payload: parse.Payload, error: PulssiError) -> Body:
        """Tells the person who acted, where somebody did; what was sent from a dialogue is told in it."""
        person = parse.person(payload, self._team.me)
        if person is None or isinstance(payload, parse.Envelope):
            return NOTHING
        words = refused(error, texts_of(self._spoken_by(person.address)))
        if isinstance(payload, parse.Interaction) and payload.type == "view_submission":
            return {"response_action": "update", "view": views.notice(self._spoken_by(person.address), words)}
        reply = f"new {payload.response_url}" if payload.response_url else ""
        self._desk.begin(self._desk.hint(place(payload, self._team.me, person), reply, words))
        return NOTHING


def _posts_there(request: Request) -> bool:
    """Is it a command whose answer all in the channel read, and that holds for the channel from then on?"""
    event = request.event
    return request.address.shared and isinstance(event, CommandGiven) and event.name == "here"
