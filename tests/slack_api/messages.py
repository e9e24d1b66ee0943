"""The methods chat.* and what response URLs do: messages posted, changed and taken back."""

from typing import Any

from tests.slack_api import blocks as kit
from tests.slack_api import mrkdwn
from tests.slack_api.places import Channel, Message
from tests.slack_api.rules import Json, Params, Refused
from tests.slack_api.state import RESPONSE_USES, State

TEXT_LONGEST = (
    40_000  # Slack cuts longer ones (docs.slack.dev/reference/methods/chat.postMessage); here nothing is lost
)
TEXT_ADVISED = 4_000
UPDATE_LONGEST = 4_000  # docs.slack.dev/reference/methods/chat.update, `msg_too_long`
BLOCK_TEXT_LONGEST = 12_000  # for all blocks together; a maintainer's word in github.com/slackapi/bolt-js/issues/2509
UNSHOWN = "This content can't be displayed."


def post_message(state: State, params: Params) -> Json:
    channel = state.place(params, people=True)
    _writable(state, channel)
    text, blocks = content(state, "chat.postMessage", params)
    made = put(state, channel, text, blocks, thread_ts=_thread(state, channel, params))
    if state.echo:
        state.on_event(event_of(made), channel, state.bot.id)
    return {"channel": channel.id, "ts": made.ts, "message": made.json()}


def post_ephemeral(state: State, params: Params) -> Json:
    channel = state.place(params)
    _writable(state, channel)
    user = params.needed("user")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = content(state, "chat.postEphemeral", params)
    made = put(state, channel, text, blocks, thread_ts=_thread(state, channel, params), to=user)
    return {"message_ts": made.ts}


def update(state: State, params: Params) -> Json:
    channel = state.place(params)
    message = _own(state, channel, params, "cant_update_message")
    if len(params.text("text")) > UPDATE_LONGEST:
        state.violate("chat.update", f"msg_too_long: {len(params.text('text'))} characters")
        raise Refused("msg_too_long")
    text, blocks = content(state, "chat.update", params)
    before = message.json()
    change(state, message, text if "text" in params else None, blocks)
    if state.echo:
        state.on_event(changed_event(state, message, before), channel, state.bot.id)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.json()}


def delete(state: State, params: Params) -> Json:
    channel = state.place(params)
    message = _own(state, channel, params, "cant_delete_message")
    message.deleted = True
    if state.echo:
        state.on_event(deleted_event(state, message), channel, state.bot.id)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(state: State, params: Params) -> Json:
    channel = state.place(params)
    message = channel.message(params.needed("message_ts"))
    if message is None or message.to:
        raise Refused("message_not_found")
    return {"channel": channel.id, "permalink": permalink(state, message)}


def permalink(state: State, message: Message) -> str:
    """A reply's tells its thread too."""
    link = f"https://{state.domain}.slack.com/archives/{message.channel.id}/p{message.ts.replace('.', '')}"
    reply = message.thread_ts and message.thread_ts != message.ts
    return f"{link}?thread_ts={message.thread_ts}&cid={message.channel.id}" if reply else link


def respond(state: State, name: str, given: Json) -> None:
    """What a response URL does (docs.slack.dev/interactivity/handling-user-interaction, "Updating a message").

    Raises:
        Refused: with HTTP 404 when it is used up, too old or unknown.
    """
    url = state.response_urls.get(name)
    if url is None or state.now() > url.until:
        raise Refused("expired_url", status=404)
    if url.uses >= RESPONSE_USES:
        raise Refused("used_url", status=404)
    url.uses += 1
    params = Params(given)
    if params.flag("delete_original"):
        if url.source is not None:
            url.source.deleted = True
        return
    text, blocks = content(state, "response_url", params)
    if params.flag("replace_original") and url.source is not None:
        change(state, url.source, text if "text" in params else None, blocks)
        return
    seen_by_all = params.text("response_type") == "in_channel"
    put(state, url.channel, text, blocks, thread_ts=params.text("thread_ts"), to="" if seen_by_all else url.user)


def content(state: State, method: str, params: Params) -> tuple[str, list[Json]]:
    """The text and blocks of a call, checked.

    Raises:
        Refused: Slack would not take them; noted as a violation too.
    """
    text = params.text("text")
    blocks = params.parsed("blocks", "invalid_blocks_format")
    if not text and not blocks and not params.parsed("attachments"):
        state.violate(method, "no_text")
        raise Refused("no_text")
    if len(text) > TEXT_LONGEST:
        state.violate(method, f"msg_too_long: {len(text)} characters")
        raise Refused("msg_too_long")
    if len(text) > TEXT_ADVISED:
        state.warn(method, f"a text of {len(text)} characters; at most {TEXT_ADVISED} are advised")
    if params.flag("link_names") or params.text("parse") == "full":
        state.warn(method, "link_names and parse=full make mentions of plain text")
    if blocks:
        _check_blocks(state, method, text, blocks)
    return text, blocks or []


def _check_blocks(state: State, method: str, text: str, blocks: Any) -> None:
    found = list(kit.problems(blocks, "message"))
    if found:
        state.violate(method, *found)
        raise Refused("invalid_blocks", *found, errors=[one.removeprefix("[ERROR] ") for one in found])
    _check_files(state, blocks)
    if sum(len(one["text"]) for one in mrkdwn.texts_of(blocks)) > BLOCK_TEXT_LONGEST:
        state.violate(method, "msg_blocks_too_long")
        raise Refused("msg_blocks_too_long")
    if not text:
        state.warn(method, "blocks without a top-level text: screen readers and notifications have nothing to say")
    ids = kit.action_ids(blocks)
    if len(ids) != len(set(ids)):
        state.warn(method, f"an action_id stands twice in the message: {ids}")


def _check_files(state: State, blocks: Any) -> None:
    """An image may show a file of the bot's once Slack has looked at it, which takes moments after the upload
    (github.com/slackapi/python-slack-sdk/issues/1521); until then the error is that of a file that is not there."""
    for number, block in enumerate(blocks):
        named = block.get("slack_file")
        if named is None:
            continue
        file = state.files.get(str(named.get("id")))
        if file is not None and file.completed and file.unready:
            file.unready -= 1
        elif file is not None and file.completed:
            continue
        why = f"invalid slack file [json-pointer:/blocks/{number}/slack_file]"
        raise Refused("invalid_blocks", f"[ERROR] {why}", errors=[why])


def put(state: State, channel: Channel, text: str, blocks: list[Json], *, thread_ts: str = "", to: str = "") -> Message:
    """A new message of the bot."""
    profile = {"id": state.bot_id, "app_id": state.app_id, "name": state.bot.real_name, "deleted": False,
               "team_id": state.team_id, "icons": {}, "updated": 1_700_000_000}  # fmt: skip
    extra: Json = {"app_id": state.app_id, "team": state.team_id, "bot_profile": profile}
    made = Message(channel, state.ts(), state.bot.id, text or UNSHOWN, numbered(state, blocks), thread_ts=thread_ts,
                   bot_id=state.bot_id, to=to, extra=extra)  # fmt: skip
    parent = channel.message(thread_ts) if thread_ts else None
    if parent is not None and not to:
        parent.thread_ts = parent.ts  # a parent carries its own ts once it has replies
    return channel.put(made)


def change(state: State, message: Message, text: str | None, blocks: list[Json]) -> None:
    """New content for a message; without `blocks` its old ones go."""
    message.text = message.text if text is None else text
    message.blocks = numbered(state, blocks)
    message.edited_ts = state.ts()


def numbered(state: State, blocks: list[Json]) -> list[Json]:
    """Blocks as Slack keeps them: each with a block_id, elements with an action_id."""
    return [_numbered(state, block) for block in blocks]


def _numbered(state: State, block: Json) -> Json:
    made = {"type": block["type"], "block_id": block.get("block_id") or state.number("b"), **block}
    if block["type"] in {"actions", "input", "section"}:
        for name in ("element", "accessory"):
            if name in made:
                made[name] = _identified(state, made[name])
        if "elements" in made:
            made["elements"] = [_identified(state, one) for one in made["elements"]]
    return made


def _identified(state: State, element: Json) -> Json:
    return element if element.get("action_id") else {**element, "action_id": state.number("a")}


def event_of(message: Message) -> Json:
    """The `message` event of a new message."""
    made = message.json()
    if message.thread_ts == message.ts:
        made.pop("thread_ts", None)
    kind = message.channel.kind
    return {**made, "channel": message.channel.id, "channel_type": kind, "event_ts": message.ts}


def changed_event(state: State, message: Message, before: Json) -> Json:
    """The event of a changed message (docs.slack.dev/reference/events/message/message_changed)."""
    ts = state.ts()
    return {"type": "message", "subtype": "message_changed", "hidden": True, "message": message.json(),
            "previous_message": before, "channel": message.channel.id, "channel_type": message.channel.kind, "ts": ts,
            "event_ts": ts}  # fmt: skip


def deleted_event(state: State, message: Message) -> Json:
    ts = state.ts()
    return {"type": "message", "subtype": "message_deleted", "hidden": True, "deleted_ts": message.ts,
            "previous_message": message.json(), "channel": message.channel.id, "channel_type": message.channel.kind,
            "ts": ts, "event_ts": ts}  # fmt: skip


def _writable(state: State, channel: Channel) -> None:
    if channel.archived:
        raise Refused("is_archived")
    if channel.kind == "im":
        person = state.users[channel.user]
        if person.deleted:
            raise Refused("channel_not_found")
        if not state.messages_tab:
            raise Refused("messages_tab_disabled")
    elif state.bot.id not in channel.members and not (
        channel.kind == "channel" and "chat:write.public" in state.scopes
    ):
        raise Refused("not_in_channel")


def _thread(state: State, channel: Channel, params: Params) -> str:
    thread_ts = params.text("thread_ts")
    if not thread_ts:
        return ""
    parent = channel.found.get(thread_ts)
    if parent is None or parent.to:
        raise Refused("thread_not_found")
    if parent.thread_ts and parent.thread_ts != parent.ts:
        state.warn("chat.postMessage", "thread_ts is a reply's; give its parent's")
        return parent.thread_ts
    return thread_ts


def _own(state: State, channel: Channel, params: Params, otherwise: str) -> Message:
    message = channel.message(params.needed("ts"))
    if message is None or message.to:
        raise Refused("message_not_found")
    if message.user != state.bot.id:
        raise Refused(otherwise)
    return message
