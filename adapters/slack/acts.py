"""Reads what people do with buttons, dialogues, shortcuts and the command."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from adapters.slack.buttons import (
    COMMENT_VIEW,
    FORM_CODE,
    FORM_VIEW,
    HOME_CODE,
    MENU_CODE,
    PRESSES,
    SHORTCUT,
    VALUE,
    WORDS,
    WRITE_CODE,
)
from adapters.slack.payloads import Action, Command, Element, Interaction, Message, View, is_direct, words
from adapters.slack.received import (
    Foreign,
    FormOpened,
    HomeOpened,
    Pressed,
    Received,
    Refused,
    Submitted,
    WriteWanted,
)
from adapters.slack.standpoint import Found, Standpoint, message_id, reply
from adapters.slack.written import argument
from bot.address import Address
from bot.errors import BadToken
from bot.events import (
    Arrival,
    CommandGiven,
    CommentWritten,
    FormSent,
    FormWanted,
    MenuPressed,
    OptedIn,
    OptedOut,
    Person,
    Request,
)
from bot.ports import Tokens

COMMANDS: Final = frozenset(
    {
        "help", "claim", "join", "invite", "whoami", "cancel", "cases", "mine", "summary", "kpi", "note", "here",
        "settings",
        "timezone", "business", "mydata",
    }
)  # fmt: skip
STANDINGS: Final[Mapping[str, OptedOut | OptedIn]] = MappingProxyType({"stop": OptedOut(), "start": OptedIn()})


class Dialogue(msgspec.Struct):
    """What the dialogue for a comment carries along (its private_metadata)."""

    token: str
    conversation: str
    thread: str = ""


def channel_of(payload: Interaction) -> str:
    """The conversation that the message stands in; empty in a view."""
    told = payload.channel.id if payload.channel is not None else ""
    return told or (payload.container is not None and payload.container.channel_id) or ""


def place_of(payload: Interaction, seen: Standpoint, user: str) -> Address:
    """Where the pressed button stands, and who pressed it; a view is the person's own."""
    container, message = payload.container, payload.message
    ts = container.message_ts if container is not None else ""
    thread = (container.thread_ts if container is not None else "") or (message.thread_ts if message else "") or ""
    return seen.place(channel_of(payload), thread if thread != ts else "", user)


def of_interaction(payload: Interaction, seen: Standpoint, tokens: Tokens) -> Found:
    """What was pressed, sent or chosen. `BadToken` for what is not ours."""
    who = seen.person(payload.user.id) if payload.user is not None else None
    if who is None:
        return
    doing = _Doing(payload, seen, tokens, who)
    installed = payload.view.app_installed_team_id if payload.view is not None else ""
    # Where an organisation installed the app for all its teams, it may be named instead (E…).
    if installed and installed.startswith("T") and installed != seen.me.account:
        yield Foreign(installed)
    elif payload.type == "block_actions":
        yield from map(doing.pressed, payload.actions)
    elif payload.type == "view_submission" and payload.view is not None:
        yield doing.submitted(payload.view)
    elif payload.type == "message_action" and payload.callback_id == SHORTCUT and payload.message is not None:
        yield doing.chosen(payload.message)


def of_command(command: Command, seen: Standpoint) -> Found:
    """What the words behind the command want; without any that we know, the form for asking."""
    who = seen.person(command.user_id)
    if who is None:
        return
    answer, address = reply(command.response_url), seen.place(command.channel_id, user=command.user_id)
    if command.team_id not in {"", seen.me.account}:
        yield Refused(answer)
        return
    typed = argument(command.text)
    name, rest = [*typed.split(maxsplit=1), "", ""][:2]
    event_id, name = seen.event_id(command.trigger_id), name.casefold()
    if name in STANDINGS:
        yield Arrival(
            event_id=event_id, workspace=seen.me.workspace, address=who.address, event=STANDINGS[name], aloud=True,
            reply=answer,
        )  # fmt: skip
        return
    known = name in COMMANDS
    request = Request(
        event_id=event_id,
        workspace=seen.me.workspace,
        address=address,
        person=who,
        event=CommandGiven(name, rest) if known else FormWanted(typed),
        reply=answer,
        in_place=not known,
    )
    yield request if known else FormOpened(command.trigger_id, request)


class _Doing(msgspec.Struct, frozen=True):
    """One interaction, and who does it."""

    payload: Interaction
    seen: Standpoint
    tokens: Tokens
    who: Person

    def pressed(self, action: Action) -> Received | None:
        what, event_id = action.action_id.partition(":")[0], self._press_id(action)
        if what == HOME_CODE:
            return HomeOpened(self._request(event_id, CommandGiven("home"), in_place=True))
        if what == FORM_CODE:
            wanted = self._request(event_id, FormWanted(), self._address, in_place=True)
            return FormOpened(self.payload.trigger_id, wanted)
        if what == MENU_CODE:
            return self._menu(event_id, action.chosen)
        # Fields of dialogues and links are reported too, and ask for nothing.
        idle = not action.value or what in {VALUE, WORDS}
        return None if idle else self._on_question(event_id, action)

    def submitted(self, view: View) -> Received | None:
        event_id = self.seen.event_id(view.id, view.hash)
        if view.callback_id == FORM_VIEW:
            request = self._request(event_id, self._filled_in(view), in_place=True)
            return Submitted(request, view.id)
        return self._comment(event_id, view) if view.callback_id == COMMENT_VIEW else None

    def chosen(self, message: Message) -> Received:
        """The message from which to ask: the form starts with its author and, as the ticket, with itself."""
        home = (
            self.payload.team.id if self.payload.team is not None else self.payload.user and self.payload.user.team_id
        )
        if home and home != self.seen.me.account:
            return Refused(self._reply)
        author = self.seen.person(message.user or "", message.user_profile) if not message.bot_id else None
        about = author if author is not None and author.address != self.who.address else None
        channel = self._channel
        address = self.seen.place(channel, message.thread_ts or message.ts, self._user)
        event = FormWanted(about=about, message=f"{channel}/{message.ts}")
        request = self._request(self.seen.event_id(self.payload.trigger_id), event, address, in_place=True)
        return FormOpened(self.payload.trigger_id, request)

    def _on_question(self, event_id: str, action: Action) -> Received:
        token = action.value or ""
        if action.action_id == WRITE_CODE:
            invitation = self.tokens.read("invitation", token)
            return WriteWanted(self.payload.trigger_id, token, invitation, self._address, self._reply)
        if action.action_id not in PRESSES:
            raise BadToken("This button is not one of ours.")
        return Arrival(
            event_id=event_id,
            workspace=self.seen.me.workspace,
            address=self._address,
            event=PRESSES[action.action_id],
            invitation=self.tokens.read("invitation", token),
            message=self._message,
            reply=self._reply,
        )

    def _menu(self, event_id: str, value: str) -> Received:
        if not value or not value.isprintable():
            raise BadToken("This button is not one of ours.")
        view = self.payload.view
        if view is None:
            return self._request(event_id, MenuPressed(value), self._address, message=self._message)
        request = self._request(event_id, MenuPressed(value), in_place=True)
        return Pressed(request, view.id, view.hash, "home" if view.type == "home" else "modal")

    def _comment(self, event_id: str, view: View) -> Arrival | None:
        try:
            carried = msgspec.json.decode(view.private_metadata, type=Dialogue)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise BadToken("This dialogue is not one of ours.") from error
        written = words(next((field.value for _, name, field in _fields(view) if name == WORDS), ""))
        shared = not carried.conversation.startswith(("U", "W"))
        return (
            Arrival(
                event_id=event_id,
                workspace=self.seen.me.workspace,
                address=self.seen.place(carried.conversation if shared else "", carried.thread, self._user),
                event=CommentWritten(written, view.id),
                invitation=self.tokens.read("invitation", carried.token),
            )
            if written
            else None
        )

    def _filled_in(self, view: View) -> FormSent:
        values, person = {}, None
        for name, part, field in _fields(view):
            filled = words(field.chosen or field.selected_user)
            if part != VALUE or not filled:
                continue
            values[name] = filled
            person = self.seen.person(field.selected_user or "") or person
        return FormSent(values, view.private_metadata, person)

    def _press_id(self, action: Action) -> str:
        # A press has a time of its own; without one, the trigger is as good.
        return self.seen.event_id(action.action_ts or self.payload.trigger_id, self._user, action.action_id)

    @property
    def _user(self) -> str:
        return self.who.address.conversation

    @property
    def _channel(self) -> str:
        return channel_of(self.payload)

    @property
    def _whispered(self) -> bool:
        return self.payload.container is not None and self.payload.container.is_ephemeral

    @property
    def _address(self) -> Address:
        return place_of(self.payload, self.seen, self._user)

    @property
    def _message(self) -> str:
        """The platform's id of the message that holds the button; one that a single person sees is never changed."""
        container = self.payload.container
        if container is None or not container.message_ts or self._whispered:
            return ""
        return message_id(self._channel, container.message_ts)

    @property
    def _reply(self) -> str:
        # Where two talk the message is this person's alone; taking its place that way counts against no limit of
        # chat.update.
        pressed = self.payload.type == "block_actions"
        mine = self._whispered or (pressed and is_direct(channel_of(self.payload)))
        return reply(self.payload.response_url, old=mine)

    def _request(
        self,
        event_id: str,
        event: CommandGiven | MenuPressed | FormWanted | FormSent,
        address: Address | None = None,
        *,
        message: str = "",
        in_place: bool = False,
    ) -> Request:
        return Request(
            event_id=event_id,
            workspace=self.seen.me.workspace,
            address=address or self.who.address,
            person=self.who,
            event=event,
            message=message,
            reply=self._reply,
            in_place=in_place,
        )


def _fields(view: View) -> Iterator[tuple[str, str, Element]]:
    """The name of the block, that of the element in it, and what it holds."""
    for block, elements in (view.state.values if view.state is not None else {}).items():
        for name, element in elements.items():
            yield block, name, element
