"""Telegram's Bot API for one bot, as state without I/O: calls on one side, people on the other."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.telegram_api import asking, photos, sending
from tests.telegram_api.changes import PATIENCE_SECONDS
from tests.telegram_api.chats import SUPERGROUPS_FROM, Business, Chat
from tests.telegram_api.faults import Fault, Faults
from tests.telegram_api.limits import Limits, too_many
from tests.telegram_api.people import Person, member, membership
from tests.telegram_api.rules import TOKEN, Answer, Json, Params, Refused, done, forbidden, refusal
from tests.telegram_api.state import Call, State

METHODS: Mapping[str, Callable[[State, Params], object]] = {
    "getme": asking.get_me,
    "getupdates": asking.get_updates,
    "setwebhook": asking.set_webhook,
    "deletewebhook": asking.delete_webhook,
    "getwebhookinfo": asking.get_webhook_info,
    "setmycommands": asking.set_my_commands,
    "getmycommands": asking.get_my_commands,
    "deletemycommands": asking.delete_my_commands,
    "getchat": asking.get_chat,
    "getchatmember": asking.get_chat_member,
    "getbusinessconnection": asking.get_business_connection,
    "sendmessage": sending.send_message,
    "sendphoto": photos.send_photo,
    "editmessagetext": sending.edit_message_text,
    "editmessagereplymarkup": sending.edit_message_reply_markup,
    "deletemessage": sending.delete_message,
    "answercallbackquery": sending.answer_callback_query,
    "sendchataction": sending.send_chat_action,
}
LIMITED = {"sendmessage", "sendphoto", "editmessagetext", "editmessagereplymarkup"}
NOT_FOUND = Answer(404, {"ok": False, "error_code": 404, "description": "Not Found"})
UNAUTHORIZED = Answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
BROKEN = Answer(500, {"ok": False, "error_code": 500, "description": "Internal Server Error"})


class BotApi:
    """The stand-in; `now` gives epoch seconds, `limits` and `faults` are off when None.

    With `privacy` the bot hears in groups only what core.telegram.org/bots/features#privacy-mode lets through.
    Everything may be called from any thread.
    """

    def __init__(
        self,
        token: str,
        username: str = "pulssi_test_bot",
        *,
        now: Callable[[], float] = time.time,
        limits: Limits | None = None,
        privacy: bool = True,
    ) -> None:
        assert TOKEN.fullmatch(token), "a token is <bot id>:<secret>"
        self.token = token
        bot: Json = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Pulssi", "username": username}
        self.state = State(bot, now, privacy)
        self.state.users[bot["id"]] = bot
        self.changes = self.state.changes
        self.limits = limits
        self.faults: Faults | None = None
        self.calls: list[Call] = []

    # The bot's side.

    def admit(self, token: str) -> Answer | None:
        """None for the right token, else the refusal."""
        if token == self.token:
            return None
        return UNAUTHORIZED if TOKEN.fullmatch(token) else NOT_FOUND

    def call(self, method: str, params: Mapping[str, Any]) -> Answer:
        """Does one call at once; getUpdates does not wait. Parameters as a form or a JSON body brings them."""
        with self.changes.changing():
            given = Params(params)
            answer = self._answer(method, given)
            self._note(method, given, answer)
            return answer

    def failing(self, method: str, params: Mapping[str, Any], fault: Fault) -> Answer:
        """The answer of a call that is not done because of this fault."""
        with self.changes.changing():
            given = Params(params)
            answer = self._failure(given, fault)
            self._note(method, given, answer)
            return answer

    def draw(self, method: str, params: Mapping[str, Any]) -> Fault | None:
        """What is to go wrong with this call, by `faults`."""
        with self.changes.reading():
            return None if self.faults is None else self.faults.draw(method, Params(params).chat_id)

    def polled(self, params: Mapping[str, Any], poll: int) -> Answer | None:
        """What a long poll answers by now; None while there is nothing to say. `poll` is its number."""
        with self.changes.reading():
            if self.state.updates.poll != poll:
                return refusal(Refused(409, self.state.updates.poll_ended_by))
            found = asking.waiting(self.state, Params(params))
            return done(found) if found else None

    def _answer(self, method: str, given: Params) -> Answer:
        name = method.lower()  # "all methods in the Bot API are case-insensitive"
        if name not in METHODS:
            return NOT_FOUND
        try:
            if name in LIMITED and self.limits is not None:
                self.limits.count(given.chat_id or 0, self.state.now())
            return done(METHODS[name](self.state, given))
        except Refused as why:
            return refusal(why)

    def _failure(self, given: Params, fault: Fault) -> Answer:
        if fault == "429":
            assert self.faults is not None
            return refusal(too_many(self.faults.retry_after))
        if fault != "403":
            return BROKEN
        try:
            chat = self.state.chat_for(given)
            chat.blocked, chat.kicked = chat.private, not chat.private
            chat.check_reachable()
        except Refused as why:
            return refusal(why)
        return refusal(forbidden("bot was blocked by the user"))

    def _note(self, method: str, given: Params, answer: Answer) -> None:
        self.calls.append(Call(self.state.now(), method, given.chat_id, answer.status))

    # What a test sees.

    @property
    def bot(self) -> Json:
        return self.state.bot

    @property
    def confirmed_updates(self) -> dict[int, Json]:
        """What the bot confirmed, by update id: a 2xx of the webhook, or a later offset."""
        with self.changes.reading():
            return dict(self.state.updates.confirmed)

    @property
    def pending_updates(self) -> list[Json]:
        with self.changes.reading():
            return [one.update for one in self.state.updates.pending.values()]

    @property
    def commands(self) -> dict[tuple[str, str], list[Json]]:
        """Command lists by (`type[:chat[:user]]`, language), as `("chat:-100", "fi")` or `("default", "")`."""
        with self.changes.reading():
            return dict(self.state.commands)

    def chat(self, chat_id: int) -> Chat:
        return self.state.chats[chat_id]

    def calls_of(self, method: str) -> list[Call]:
        with self.changes.reading():
            return [call for call in self.calls if call.method.lower() == method.lower()]

    def wait(self, condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
        """From a thread: until it holds, looked at after each change; TimeoutError after real seconds."""
        self.changes.wait(condition, seconds)

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
        """The same in an event loop."""
        await self.changes.until(condition, seconds)

    # The people's side.

    def private(self, user_id: int, first_name: str, language_code: str | None = None, **more: str) -> Person:
        """Somebody who has not started the bot yet; `more` is further fields of `User`, as `username`."""
        with self.changes.changing():
            shown = {"first_name": first_name, **more}
            language = {"language_code": language_code} if language_code else {}
            user: Json = {"id": user_id, "is_bot": False, **shown, **language}
            chat = Chat(user_id, "private", shown, started=False, _changes=self.changes)
            self.state.users[user_id] = user
            self.state.chats[user_id] = chat
            return Person(self.state, user, chat)

    def group(self, chat_id: int, title: str, *, forum: bool = False) -> Chat:
        """A group that the bot is in; a supergroup by its number, below -1000000000000."""
        kind = "supergroup" if chat_id <= SUPERGROUPS_FROM else "group"
        assert chat_id < 0, "groups have negative numbers"
        with self.changes.changing():
            made = Chat(chat_id, kind, {"title": title}, forum=forum, _changes=self.changes)
            self.state.chats[chat_id] = made
            return made

    def topic(self, chat: Chat, name: str, by: Person) -> int:
        """Opens a forum topic; its `message_thread_id`."""
        assert chat.forum, "only forums have topics"
        with self.changes.changing():
            thread = chat.open_topic(name, by.user, self.state.now())
            self.state.push("message", chat.kept[thread].json())
            return thread

    def kick(self, chat: Chat, by: Person) -> None:
        """Removes the bot from a group, which it hears as `my_chat_member`."""
        with self.changes.changing():
            chat.kicked = True
            self.state.push("my_chat_member", membership(self.state, chat, by.user, chat.bot_status, "kicked"))

    def upgrade(self, chat_id: int, new_id: int) -> Chat:
        """Turns a basic group into a supergroup; both chats get their service message."""
        old = self.state.chats[chat_id]
        with self.changes.changing():
            new = self.group(new_id, str(old.name["title"]))
            new.members, new.bot_status = dict(old.members), old.bot_status
            sender = next((self.state.users[one] for one in old.members), self.state.bot)
            leaving = old.put(sender, self.state.now(), rest={"migrate_to_chat_id": new_id})
            arriving = new.put(sender, self.state.now(), rest={"migrate_from_chat_id": chat_id})
            old.moved_to = new_id
            self.state.push("message", leaving.json())
            self.state.push("message", arriving.json())
            return new

    def business(self, connection_id: str, owner: Person, customer: Person) -> Chat:
        """The chat of a customer with a business account; the first one connects the account with the bot."""
        with self.changes.changing():
            connection = self.state.businesses.get(connection_id)
            if connection is None:
                connection = Business(connection_id, owner.user, int(self.state.now()))
                self.state.businesses[connection_id] = connection
                self.state.push("business_connection", connection.json())
            made = Chat(customer.id, "private", customer.chat.name, business=connection, _changes=self.changes)
            return connection.chats.setdefault(customer.id, made)

    def member_changed(self, chat: Chat, person: Person, status: str) -> None:
        """Sets somebody's status in a group; the bot hears of it when it asked for `chat_member`."""
        with self.changes.changing():
            before = chat.members.get(person.id, "left")
            chat.members[person.id] = status
            changed = membership(self.state, chat, person.user, before, status)
            changed |= {"old_chat_member": member(person.user, before), "new_chat_member": member(person.user, status)}
            self.state.push("chat_member", changed)

    def push(self, update: Json) -> int | None:
        """Queues a raw update, with or without `update_id`; its number, None when the bot did not ask for its kind."""
        with self.changes.changing():
            return self.state.updates.push(update, self.state.now())
