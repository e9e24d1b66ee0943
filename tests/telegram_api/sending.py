"""The methods that write: messages, edits, deletions and the answers to taps (core.telegram.org/bots/api)."""

from tests.telegram_api.chats import Chat, Message
from tests.telegram_api.rules import ANSWER_CHARACTERS, Json, Params, bad, checked_markup
from tests.telegram_api.state import State

DELETABLE_SECONDS = 48 * 3600  # "can only be deleted if it was sent less than 48 hours ago"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def send_message(state: State, params: Params) -> Json:
    chat = state.chat_for(params)
    text, entities = state.text_for(params)
    markup = checked_markup(params.parsed("reply_markup"), private=chat.private and chat.business is None)
    thread = params.number("message_thread_id") or None
    chat.check_writable(thread, state.now())
    made = chat.put(state.bot, state.now(), text=text, entities=entities, markup=markup, thread=thread,
                    reply_to=replied(chat, params))  # fmt: skip
    return by_bot(state, chat, made).json()


def by_bot(state: State, chat: Chat, made: Message) -> Message:
    """In a business chat the bot speaks as the account's owner."""
    if chat.business is not None:
        made.sender = chat.business.owner
        made.rest["sender_business_bot"] = state.bot
    return made


def edit_message_text(state: State, params: Params) -> Json:
    message = _editable(state, params)
    if not message.text:
        raise bad("there is no text in the message to edit")
    text, entities = state.text_for(params)
    markup = _inline(message, params)
    if (text, entities, markup) == (message.text, message.entities, message.markup):
        raise bad(NOT_MODIFIED)
    message.text, message.entities = text, entities
    return _edited(state, message, markup)


def edit_message_reply_markup(state: State, params: Params) -> Json:
    message = _editable(state, params)
    markup = _inline(message, params)
    if markup == message.markup:
        raise bad(NOT_MODIFIED)
    return _edited(state, message, markup)


def delete_message(state: State, params: Params) -> bool:
    message = state.message_for(params, "message to delete not found")
    chat = message.chat
    chat.check_reachable()
    if state.now() - message.date > DELETABLE_SECONDS:
        raise bad("message can't be deleted for everyone")
    if not (chat.private or _own(state, message) or chat.bot_status == "administrator"):
        raise bad("message can't be deleted")
    message.deleted = True
    return True


def answer_callback_query(state: State, params: Params) -> bool:
    query = state.queries.get(params.text("callback_query_id"))
    if query is None or query.answered or state.now() - query.at > state.query_seconds:
        raise bad(TOO_OLD)
    if len(params.text("text")) > ANSWER_CHARACTERS:
        raise bad("MESSAGE_TOO_LONG")
    query.answered = True
    query.text, query.show_alert = params.text("text"), params.flag("show_alert")
    return True


def send_chat_action(state: State, params: Params) -> bool:
    chat = state.chat_for(params)
    chat.check_writable(params.number("message_thread_id") or None, state.now())
    return True


def replied(chat: Chat, params: Params) -> Message | None:
    """What the message answers; gone is refused unless `allow_sending_without_reply`."""
    reply: Json = params.parsed("reply_parameters") or {}
    number = int(reply.get("message_id") or params.number("reply_to_message_id"))
    found = chat.message(number)
    if number and found is None and not reply.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    return found


def _editable(state: State, params: Params) -> Message:
    if params.text("inline_message_id"):
        raise bad("MESSAGE_ID_INVALID")
    message = state.message_for(params, "message to edit not found")
    message.chat.check_reachable()
    if not _own(state, message):
        raise bad("message can't be edited")
    return message


def _own(state: State, message: Message) -> bool:
    return state.bot in (message.sender, message.rest.get("sender_business_bot"))


def _inline(message: Message, params: Params) -> Json | None:
    private = message.chat.private and message.chat.business is None
    return checked_markup(params.parsed("reply_markup"), private=private, only_inline=True)


def _edited(state: State, message: Message, markup: Json | None) -> Json:
    message.markup = markup
    message.edits += 1
    message.edited = int(state.now())
    return message.json()
