"""The people's side: what somebody does in Slack, and what the app gets of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.slack_api import messages, modals, payloads
from tests.slack_api.blocks import elements
from tests.slack_api.deliveries import Deliveries, Delivery, Form
from tests.slack_api.filling import NotFilledIn, filled
from tests.slack_api.mrkdwn import escaped
from tests.slack_api.places import Channel, Message, User, View
from tests.slack_api.rules import Json, Params, Refused
from tests.slack_api.state import State

__all__ = ["NotFilledIn", "Person"]


@dataclass(eq=False)
class Person:
    """Somebody with Slack; all methods may be called from any thread.

    What is an interaction gives a `Delivery`, to be awaited; with `send=False` it is made and not sent.
    """

    state: State
    deliveries: Deliveries
    user: User

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def dm(self) -> Channel:
        """The direct message with the bot, opened when there is none."""
        with self.state.changes.changing():
            return self.state.direct(self.id)

    @property
    def modal(self) -> View | None:
        """The modal on top, None when none is open."""
        stack = self.state.modals.get(self.id, [])
        return stack[-1] if stack else None

    @property
    def home(self) -> View | None:
        return self.state.homes.get(self.id)

    def sees(self, channel: Channel | None = None, thread_ts: str = "") -> list[Message]:
        """The messages of a channel (the direct one by default) or thread that this person sees now, in order."""
        where = channel or self.dm
        with self.state.changes.reading():
            found = [*where.messages, *(one for one in where.ephemerals if one.to == self.id)]
            shown = [one for one in found if not one.deleted and (not thread_ts or one.thread_ts == thread_ts)]
        return sorted(shown, key=lambda one: one.ts)

    def ephemerals(self, channel: Channel | None = None) -> list[Message]:
        """Those for this person alone that still stand."""
        return [one for one in self.sees(channel) if one.to == self.id]

    # Messages.

    def say(self, text: str, channel: Channel | None = None, thread_ts: str = "", **extra: Any) -> Message:
        """Writes, in the direct message with the bot by default; `extra` are further fields of the message."""
        with self.state.changes.changing():
            where = channel or self.state.direct(self.id)
            made = Message(where, self.state.ts(), self.id, escaped(text), thread_ts=thread_ts)
            rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
            made.blocks = (
                [{"type": "rich_text", "block_id": self.state.number("b"), "elements": [rich]}] if text else []
            )
            made.extra = {"team": self.user.team_id, "client_msg_id": self.state.number("m"), **extra}
            where.put(made)
            self._thread(made)
            event = messages.event_of(made)
            self._event(event, where)
            if f"<@{self.state.bot.id}" in made.text and where.kind != "im":
                kept = {name: value for name, value in event.items() if name != "channel_type"}
                teams = {"user_team": self.user.team_id, "source_team": self.user.team_id} if where.shared else {}
                self._event({**kept, "type": "app_mention", "team": self.state.team_id, **teams}, where)
            return made

    def upload(self, name: str, channel: Channel | None = None, text: str = "", thread_ts: str = "") -> Message:
        """Shares a file, which the app hears of as the message subtype `file_share`."""
        file = {"id": self.state.number("F"), "name": name, "title": name, "user": self.id, "size": 1200}
        with self.state.changes.changing():
            made = self.say(text, channel, thread_ts, files=[file], upload=False, subtype="file_share")
            made.files = [made.extra.pop("files")[0]]
            return made

    def edit(self, message: Message, text: str) -> None:
        """Changes an own message."""
        assert message.user == self.id, "people edit their own messages alone"
        with self.state.changes.changing():
            before = message.json()
            message.text, message.edited_ts = escaped(text), self.state.ts()
            self._event(messages.changed_event(self.state, message, before), message.channel)

    def delete(self, message: Message) -> None:
        assert message.user == self.id, "people delete their own messages alone"
        with self.state.changes.changing():
            message.deleted = True
            self._event(messages.deleted_event(self.state, message), message.channel)

    def react(self, message: Message, name: str) -> None:
        """Adds a reaction, as `white_check_mark`."""
        with self.state.changes.changing():
            message.reactions.setdefault(name, []).append(self.id)
            self._event(self._reaction("reaction_added", message, name), message.channel)

    def unreact(self, message: Message, name: str) -> None:
        with self.state.changes.changing():
            message.reactions[name].remove(self.id)
            self._event(self._reaction("reaction_removed", message, name), message.channel)

    # Interactions.

    def tap(
        self, message: Message, choice: str, *, option: str | None = None, value: str | None = None, send: bool = True
    ) -> Delivery:
        """Taps the button with this label, action_id or value, or chooses `option` in that menu.

        Args:
            value: Forges the button's value, as a changed client could.

        Raises:
            LookupError: this person does not see such a button there now.
        """
        with self.state.changes.changing():
            if message.deleted or (message.to and message.to != self.id) or self.id not in message.channel.members:
                raise LookupError(f"{self.user.name} does not see that message")
            block, element = _element(message.blocks, choice)
            action = payloads.action(self.state, block, element, option, value)
            made = payloads.block_actions(self.state, self.user, message, action,
                                          response_url=self.state.give_response_url)  # fmt: skip
            return self._deliver("interactive", made, send=send)

    def press(self, view: View, choice: str, *, option: str | None = None, send: bool = True) -> Delivery:
        """The same in a modal or on a home; there, also a menu of an input block with `dispatch_action`."""
        with self.state.changes.changing():
            block, element = _element(view.blocks, choice)
            action = payloads.action(self.state, block, element, option, None)
            if element["type"] != "button":
                view.values.setdefault(block["block_id"], {})[element["action_id"]] = payloads.chosen(element, option)
            return self._deliver("interactive", payloads.view_actions(self.state, self.user, view, action), send=send)

    def submit(self, view: View, values: Mapping[str, Any] | None = None, *, send: bool = True) -> Delivery:
        """Fills in a modal, by block_id or action_id, and submits it; what is not given keeps what it had.

        Raises:
            NotFilledIn: Slack's own app would not let it through: something needed is empty, too long or too short.
        """
        with self.state.changes.changing():
            assert view.open, "that modal is closed"
            view.values = filled(view, dict(values or {}))
            made = payloads.view_submission(self.state, self.user, view)
            delivery = self._deliver("interactive", made, send=send)
            delivery.answered = lambda body: modals.answered(self.state, view, body)
            return delivery

    def close(self, view: View, *, all_views: bool = False) -> Delivery | None:
        """Closes a modal, with `all_views` the whole stack; the app hears of it if it asked with notify_on_close."""
        with self.state.changes.changing():
            stack = self.state.modals.get(self.id, [])
            gone = list(stack) if all_views or view.given.get("clear_on_close") else [view]
            for one in gone:
                one.open = False
                stack.remove(one)
            if not view.given.get("notify_on_close"):
                return None
            made = payloads.view_closed(self.state, self.user, view, cleared=len(gone) > 1)
            return self._deliver("interactive", made)

    def command(self, command: str, text: str = "", channel: Channel | None = None, *, send: bool = True) -> Delivery:
        """Writes a slash command, in the direct message with the bot by default.

        Raises:
            LookupError: somebody of another team, who does not have this app's commands.
        """
        self._own_team()
        with self.state.changes.changing():
            where = channel or self.state.direct(self.id)
            made = payloads.slash_command(self.state, self.user, where, command, text)
            delivery = self._deliver("slash_commands", made, send=send)
            name = made["response_url"].rpartition("/")[2]
            delivery.answered = lambda body: self._command_answered(where, name, body)
            return delivery

    def shortcut(self, message: Message, callback_id: str, *, send: bool = True) -> Delivery:
        """Uses a message shortcut; LookupError as for `command`."""
        self._own_team()
        with self.state.changes.changing():
            made = payloads.message_action(self.state, self.user, message, callback_id,
                                           response_url=self.state.give_response_url)  # fmt: skip
            return self._deliver("interactive", made, send=send)

    def global_shortcut(self, callback_id: str) -> Delivery:
        self._own_team()
        with self.state.changes.changing():
            return self._deliver("interactive", payloads.global_shortcut(self.state, self.user, callback_id))

    def open_home(self, tab: str = "home") -> None:
        """Opens the app's home, or its messages with `tab="messages"`."""
        with self.state.changes.changing():
            channel = self.state.direct(self.id)
            event: Json = {"type": "app_home_opened", "user": self.id, "channel": channel.id, "tab": tab,
                           "event_ts": self.state.ts()}  # fmt: skip
            home = self.state.homes.get(self.id)
            self._event(event | ({"view": modals.shown(self.state, home)} if home and tab == "home" else {}), None)

    # Membership.

    def join(self, channel: Channel) -> None:
        with self.state.changes.changing():
            channel.members.add(self.id)
            self._member("member_joined_channel", channel)

    def leave(self, channel: Channel) -> None:
        with self.state.changes.changing():
            channel.members.discard(self.id)
            self._member("member_left_channel", channel)

    def _member(self, kind: str, channel: Channel) -> None:
        event = {"type": kind, "user": self.id, "channel": channel.id, "channel_type": channel.id[0],
                 "team": self.user.team_id, "event_ts": self.state.ts()}  # fmt: skip
        self._event(event, channel)

    def _reaction(self, kind: str, message: Message, name: str) -> Json:
        item = {"type": "message", "channel": message.channel.id, "ts": message.ts}
        return {"type": kind, "user": self.id, "reaction": name, "item": item, "item_user": message.user,
                "event_ts": self.state.ts()}  # fmt: skip

    def _thread(self, message: Message) -> None:
        parent = message.channel.message(message.thread_ts) if message.thread_ts else None
        if parent is not None:
            parent.thread_ts = parent.ts
            message.extra["parent_user_id"] = parent.user

    def _event(self, event: Json, channel: Channel | None) -> None:
        self.state.on_event(event, channel, self.id)

    def _own_team(self) -> None:
        if self.user.team_id != self.state.team_id:
            raise LookupError("people of Slack Connect have no commands or shortcuts of an app of another team")

    def _deliver(self, form: Form, payload: Json, *, send: bool = True) -> Delivery:
        delivery = Delivery(form, payload, self.state.changes)
        return self.deliveries.push(delivery) if send else delivery

    def _command_answered(self, channel: Channel, name: str, body: Any) -> str:
        """The answer to a command is a message, which counts as no use of its response URL."""
        if not body:
            return ""
        params = Params(body if isinstance(body, dict) else {"text": body})
        try:
            text, blocks = messages.content(self.state, "command answer", params)
        except Refused as why:
            return why.error
        to = "" if params.text("response_type") == "in_channel" else self.state.response_urls[name].user
        messages.put(self.state, channel, text, blocks, to=to)
        return ""


def _element(blocks: list[Json], choice: str) -> tuple[Json, Json]:
    known: list[str] = []
    for block in blocks:
        for element in elements(block):
            label = (element.get("text") or {}).get("text") if isinstance(element.get("text"), dict) else None
            if "action_id" in element and choice in {element["action_id"], label, element.get("value")}:
                return block, element
            known.append(str(element.get("action_id", "")))
    raise LookupError(f"no {choice!r} to tap; there are {known}")
