"""The people's side: what a person does in the app, and the updates that the bot gets from it."""

import re
from dataclasses import dataclass
from typing import Any

from tests.telegram_api.chats import Chat, Message, Query
from tests.telegram_api.entities import read
from tests.telegram_api.rules import PAYLOAD, Json
from tests.telegram_api.state import State


@dataclass(eq=False)
class Person:
    """Somebody with the app; `chat` is the private chat with the bot. All methods may be called from any thread."""

    state: State
    user: Json
    chat: Chat

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def messages(self) -> list[Message]:
        """Everything in the private chat with the bot."""
        return self.chat.messages

    def start(self, payload: str = "") -> Message:
        """Presses START, perhaps through `t.me/<bot>?start=<payload>`.

        Raises:
            ValueError: Telegram would not take such a payload.
        """
        if payload and not PAYLOAD.fullmatch(payload):
            raise ValueError("a payload is 1-64 of A-Z, a-z, 0-9, _ and -")
        return self.write(f"/start {payload}".strip())

    def write(
        self,
        text: str,
        chat: Chat | None = None,
        *,
        reply_to: Message | int | None = None,
        thread: int | None = None,
        **rest: Any,
    ) -> Message:
        """Writes a message; `rest` are further fields of it. A private chat is started (and unblocked) by it."""
        visible, entities = read(text, "", self.state.users.get)
        return self._send(chat, reply_to, thread, rest, text=visible, entities=entities)

    def send_photo(
        self,
        caption: str = "",
        chat: Chat | None = None,
        *,
        reply_to: Message | int | None = None,
        thread: int | None = None,
    ) -> Message:
        visible, entities = read(caption, "", self.state.users.get)
        size = {"file_id": "photo", "file_unique_id": "photo", "width": 90, "height": 60, "file_size": 1200}
        rest: Json = {"photo": [size]}
        rest |= {"caption": visible} if visible else {}
        rest |= {"caption_entities": entities} if entities else {}
        return self._send(chat, reply_to, thread, rest)

    def forward(self, message: Message, chat: Chat | None = None) -> Message:
        """Forwards to a chat with the bot; buttons with callback data do not come along."""
        origin = {"type": "user", "sender_user": message.sender, "date": message.date}
        rest = {"forward_origin": origin, "forward_from": message.sender, "forward_date": message.date}
        return self._send(chat, None, None, rest, text=message.text, entities=message.entities)

    def edit(self, message: Message | int, text: str, chat: Chat | None = None) -> Message:
        """Changes an own message."""
        with self.state.changes.changing():
            found = self._find(message, chat)
            assert found.sender["id"] == self.id, "people edit their own messages alone"
            found.text, found.entities = read(text, "", self.state.users.get)
            found.edits += 1
            found.edited = int(self.state.now())
            if self._heard(found):
                self.state.push("edited_business_message" if found.chat.business else "edited_message", found.json())
            return found

    def tap(
        self,
        message: Message | int,
        choice: str = "",
        chat: Chat | None = None,
        *,
        data: str | None = None,
        inaccessible: bool = False,
    ) -> Query:
        """Taps the button with this label or callback data.

        Args:
            data: Forges the callback data, as a changed app could; no button is looked for.
            inaccessible: The bot gets an InaccessibleMessage (date 0), as for a message that is too old.

        Raises:
            LookupError: no such button stands there now.
        """
        with self.state.changes.changing():
            found = self._find(message, chat)
            sent = data if data is not None else _callback_data(found, choice)
            found.chat.members.setdefault(self.id, "member")
            query = Query(str(4_000_000_000 + next(self.state.numbers)), self.user, found, sent, self.state.now(),
                          self.state.changes)  # fmt: skip
            self.state.queries[query.id] = query
            query.update_id = self.state.push("callback_query", _callback(query, inaccessible=inaccessible))
            return query

    def block(self) -> None:
        """Blocks the bot, which hears of it as `my_chat_member`."""
        self._member(blocked=True)

    def unblock(self) -> None:
        self._member(blocked=False)

    def _member(self, *, blocked: bool) -> None:
        with self.state.changes.changing():
            before, self.chat.blocked = self.chat.blocked, blocked
            if before != blocked and self.chat.started:
                old, new = ("member", "kicked") if blocked else ("kicked", "member")
                self.state.push("my_chat_member", membership(self.state, self.chat, self.user, old, new))

    def _send(
        self, chat: Chat | None, reply_to: Message | int | None, thread: int | None, rest: Json, **content: Any
    ) -> Message:
        state, where = self.state, chat or self.chat
        with state.changes.changing():
            if where is self.chat:
                self.unblock()
                where.started = True
            if thread is not None and where.forum:
                where.topics.setdefault(thread, f"Topic {thread}")
            where.members.setdefault(self.id, "member")
            where.active = state.now()
            # In a topic, what answers nothing answers the service message that opened the topic.
            reply = where.kept.get(thread or 0) if reply_to is None else self._find(reply_to, where)
            made = where.put(self.user, state.now(), thread=thread, reply_to=reply, rest=rest, **content)
            if self._heard(made):
                state.push("business_message" if where.business else "message", made.json())
            return made

    def _find(self, message: Message | int, chat: Chat | None) -> Message:
        if isinstance(message, Message):
            return message
        found = (chat or self.chat).message(message)
        if found is None:
            raise LookupError(f"no message {message} stands there")
        return found

    def _heard(self, message: Message) -> bool:
        """Whether it reaches the bot (core.telegram.org/bots/features#privacy-mode)."""
        chat = message.chat
        if chat.kicked or chat.moved_to is not None:
            return False
        if chat.private or not self.state.privacy or chat.bot_status == "administrator":
            return True
        answers_bot = message.reply_to is not None and message.reply_to.sender["id"] == self.state.bot["id"]
        return answers_bot or _addressed(message.text, str(self.state.bot["username"]))


def _addressed(text: str, username: str) -> bool:
    """A command for this bot or for any, or the bot's name."""
    command = re.match(r"/\w+(?:@(\w+))?(?!\S)", text)
    if command is not None and (command[1] or username).lower() == username.lower():
        return True
    return re.search(rf"(?<!\w)@{username}\b", text, re.IGNORECASE) is not None


def _callback_data(message: Message, choice: str) -> str:
    rows = (message.markup or {}).get("inline_keyboard", []) if not message.deleted else []
    for button in (button for row in rows for button in row):
        if choice in {button["text"], button.get("callback_data")} and "callback_data" in button:
            return str(button["callback_data"])
    raise LookupError(f"no button {choice!r} to tap; there are {message.buttons}")


def _callback(query: Query, *, inaccessible: bool) -> Json:
    message = query.message
    shown = message.json()
    if inaccessible or message.deleted:
        shown = {"chat": message.chat.json(), "message_id": message.id, "date": 0}
    return {"id": query.id, "from": query.person, "message": shown, "chat_instance": str(7_000_000 + message.chat.id),
            "data": query.data}  # fmt: skip


def membership(state: State, chat: Chat, by: Json, old: str, new: str) -> Json:
    """The `ChatMemberUpdated` of the bot itself."""
    return {"chat": chat.json(), "from": by, "date": int(state.now()), "old_chat_member": member(state.bot, old),
            "new_chat_member": member(state.bot, new)}  # fmt: skip


_ADMINISTRATOR = ("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
                  "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users",
                  "can_post_stories", "can_edit_stories", "can_delete_stories", "can_pin_messages",
                  "can_manage_topics")  # fmt: skip
_RESTRICTED = ("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
               "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
               "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages",
               "can_manage_topics", "can_edit_tag", "can_react_to_messages")  # fmt: skip
_ALLOWED_ADMINISTRATOR = {"can_manage_chat", "can_delete_messages", "can_pin_messages"}


def member(user: Json, status: str) -> Json:
    """The `ChatMember` of this status."""
    made: Json = {"user": user, "status": status}
    match status:
        case "creator":
            return {**made, "is_anonymous": False}
        case "administrator":
            return {**made, **{right: right in _ALLOWED_ADMINISTRATOR for right in _ADMINISTRATOR}}
        case "restricted":
            return {**made, "is_member": True, "until_date": 0, **dict.fromkeys(_RESTRICTED, False)}
        case "kicked":
            return {**made, "until_date": 0}
        case _:
            return made
