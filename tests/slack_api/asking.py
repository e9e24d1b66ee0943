"""The methods that ask and arrange: auth, conversations.*, users.*, files."""

from tests.slack_api import messages
from tests.slack_api.places import Channel, File, User
from tests.slack_api.rules import Json, Params, Refused
from tests.slack_api.state import State


def auth_test(state: State, params: Params) -> Json:
    del params
    return {"url": f"https://{state.domain}.slack.com/", "team": state.team_name, "user": state.bot.name,
            "team_id": state.team_id, "user_id": state.bot.id, "bot_id": state.bot_id,
            "is_enterprise_install": False}  # fmt: skip


def connections_open(state: State, params: Params) -> Json:
    """A `wss:` address that is good for one connection (docs.slack.dev/apis/events-api/using-socket-mode)."""
    del params
    ticket = state.number("ticket-")
    state.tickets.add(ticket)
    return {"url": f"{state.origin.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={state.app_id}"}


def bots_info(state: State, params: Params) -> Json:
    if params.text("bot") not in {"", state.bot_id}:
        raise Refused("bot_not_found")
    return {"bot": {"id": state.bot_id, "app_id": state.app_id, "user_id": state.bot.id, "deleted": False,
                    "name": state.bot.real_name, "updated": 1_700_000_000, "icons": {}}}  # fmt: skip


def team_info(state: State, params: Params) -> Json:
    del params
    return {"team": {"id": state.team_id, "name": state.team_name, "domain": state.domain, "email_domain": ""}}


def conversations_open(state: State, params: Params) -> Json:
    if params.text("channel"):
        return {"channel": {"id": state.place(params).id}}
    names = params.needed("users").split(",")
    if len(names) != 1:
        raise Refused("method_not_supported_for_channel_type")
    person = _person(state, names[0])
    if person.is_bot:
        raise Refused("cannot_dm_bot")
    if person.deleted:
        raise Refused("user_disabled")
    if person.team_id != state.team_id:
        raise Refused("user_not_visible")
    channel = state.direct(person.id)
    full = channel.json(state.bot.id) if params.flag("return_im") else {"id": channel.id}
    return {"no_op": False, "already_open": False, "channel": full}


def conversations_info(state: State, params: Params) -> Json:
    channel = state.place(params)
    return {"channel": channel.json(state.bot.id, count=params.flag("include_num_members"))}


def conversations_join(state: State, params: Params) -> Json:
    channel = state.place(params)
    if channel.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    channel.members.add(state.bot.id)
    return {"channel": channel.json(state.bot.id)}


def conversations_members(state: State, params: Params) -> Json:
    return {"members": sorted(state.place(params).members), "response_metadata": {"next_cursor": ""}}


def conversations_list(state: State, params: Params) -> Json:
    return _listed(state, params, [one for one in state.channels.values() if _visible(state, one)])


def users_conversations(state: State, params: Params) -> Json:
    return _listed(state, params, [one for one in state.channels.values() if state.bot.id in one.members])


def history(state: State, params: Params) -> Json:
    """conversations.history and .replies: nothing, because an app of ours never asks."""
    state.place(params)
    return {"messages": [], "has_more": False}


def users_info(state: State, params: Params) -> Json:
    return {"user": _person(state, params.needed("user")).json(locale=params.flag("include_locale"))}


def users_list(state: State, params: Params) -> Json:
    members = [one.json(locale=params.flag("include_locale")) for one in state.users.values()]
    return {"members": members, "response_metadata": {"next_cursor": ""}}


def users_lookup_by_email(state: State, params: Params) -> Json:
    email = params.needed("email").lower()
    for person in state.users.values():
        if person.email.lower() == email and not person.deleted:
            return {"user": person.json()}
    raise Refused("users_not_found")


def get_upload_url(state: State, params: Params) -> Json:
    """Step one of docs.slack.dev/messaging/working-with-files; the alt text is for screen readers."""
    length = params.needed("length")
    if not length.isdecimal() or int(length) < 1:
        raise Refused("invalid_arguments", "[ERROR] length must be at least 1")
    made = File(state.number("F"), params.needed("filename"), int(length), alt_txt=params.text("alt_txt"),
                unready=state.files_unready)  # fmt: skip
    if len(made.alt_txt) > 1000:
        state.violate("files.getUploadURLExternal", "alt_txt of more than 1000 characters")
        raise Refused("alt_txt_too_large")
    state.files[made.id] = made
    return {"upload_url": f"{state.origin}/upload/v1/{made.id}", "file_id": made.id}


def complete_upload(state: State, params: Params) -> Json:
    named = params.parsed("files")
    if not isinstance(named, list) or not named:
        raise Refused("invalid_arguments", "[ERROR] missing required field: files")
    found = [_uploaded(state, one) for one in named]
    places = [one for one in [params.text("channel_id"), *params.text("channels").split(",")] if one]
    for file in found:
        file.completed = True
    for place in dict.fromkeys(places):
        _share(state, place, found, params)
    return {"files": [{"id": one.id, "title": one.title or one.name} for one in found]}


def _share(state: State, place: str, files: list[File], params: Params) -> None:
    channel = state.channels.get(place)
    if channel is None or state.bot.id not in channel.members:
        raise Refused("invalid_channel" if channel is None else "not_in_channel")
    if channel.archived:
        raise Refused("is_archived")
    thread_ts = params.text("thread_ts")
    made = messages.put(state, channel, params.text("initial_comment") or " ", [], thread_ts=thread_ts)
    made.text = params.text("initial_comment")
    made.files = [one.json(state.bot.id) for one in files]
    for one in files:
        one.shared.append((channel.id, thread_ts))


def _uploaded(state: State, named: object) -> File:
    file = state.files.get(str(named.get("id"))) if isinstance(named, dict) else None
    if file is None or file.data is None:
        raise Refused("file_not_found")
    if isinstance(named, dict):
        file.title = str(named.get("title") or "")
    return file


def _person(state: State, user: str) -> User:
    if user not in state.users:
        raise Refused("user_not_found")
    return state.users[user]


def _visible(state: State, channel: Channel) -> bool:
    return channel.kind == "channel" or state.bot.id in channel.members


def _listed(state: State, params: Params, found: list[Channel]) -> Json:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    wanted = {kinds.get(one.strip()) for one in (params.text("types") or "public_channel").split(",")}
    shown = [one.json(state.bot.id, count=True) for one in found if one.kind in wanted]
    return {"channels": shown, "response_metadata": {"next_cursor": ""}}
