"""The payloads that Slack sends, in the shapes of its documentation, from the stand-in's state."""

from typing import Any

from tests.slack_api.modals import shown
from tests.slack_api.places import Channel, Message, User, View
from tests.slack_api.rules import Json
from tests.slack_api.state import State

VERIFICATION = "a-deprecated-verification-token"


def block_actions(state: State, person: User, message: Message, action: Json, *, response_url: bool) -> Json:
    """docs.slack.dev/reference/interaction-payloads/block_actions-payload, of a message.

    An ephemeral message is told by its `container` alone.
    """
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": message.channel.id,
                       "is_ephemeral": bool(message.to)}  # fmt: skip
    container |= {"thread_ts": message.thread_ts} if message.thread_ts else {}
    made = _interaction(state, person, "block_actions")
    made |= {"container": container, "channel": {"id": message.channel.id, "name": message.channel.shown_name}}
    made |= {} if message.to else {"message": message.json()}
    made |= {"state": {"values": {}}, "trigger_id": state.trigger(person.id), "actions": [action]}
    if response_url:
        made["response_url"] = state.response_url(message.channel, person.id, message)
    return made


def view_actions(state: State, person: User, view: View, action: Json) -> Json:
    """The same of a modal or a home, which have no channel and no response URL."""
    made = _interaction(state, person, "block_actions")
    made |= {"container": {"type": "view", "view_id": view.id}, "view": shown(state, view)}
    modal = view if view.given["type"] == "modal" else None
    return {**made, "trigger_id": state.trigger(person.id, modal), "actions": [action]}


def view_submission(state: State, person: User, view: View) -> Json:
    """docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""
    made = _interaction(state, person, "view_submission")
    return {**made, "view": shown(state, view), "trigger_id": state.trigger(person.id, view), "response_urls": []}


def view_closed(state: State, person: User, view: View, *, cleared: bool) -> Json:
    """The other payload of the same page."""
    return {**_interaction(state, person, "view_closed"), "view": shown(state, view), "is_cleared": cleared}


def message_action(state: State, person: User, message: Message, callback_id: str, *, response_url: bool) -> Json:
    """docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload, "Message shortcut"."""
    made = _interaction(state, person, "message_action")
    made |= {"callback_id": callback_id, "message_ts": message.ts, "action_ts": state.ts(), "message": message.json(),
             "channel": {"id": message.channel.id, "name": message.channel.shown_name},
             "trigger_id": state.trigger(person.id)}  # fmt: skip
    if response_url:
        made["response_url"] = state.response_url(message.channel, person.id, None)
    return made


def global_shortcut(state: State, person: User, callback_id: str) -> Json:
    """The same page, "Global shortcut"."""
    made = _interaction(state, person, "shortcut")
    return {**made, "callback_id": callback_id, "action_ts": state.ts(), "trigger_id": state.trigger(person.id)}


def slash_command(state: State, person: User, channel: Channel, command: str, text: str) -> Json:
    """docs.slack.dev/interactivity/implementing-slash-commands, the form's fields."""
    return {"token": VERIFICATION, "team_id": state.team_id, "team_domain": state.domain, "channel_id": channel.id,
            "channel_name": channel.shown_name, "user_id": person.id, "user_name": person.name, "command": command,
            "text": text, "api_app_id": state.app_id, "is_enterprise_install": "false",
            "response_url": state.response_url(channel, person.id, None),
            "trigger_id": state.trigger(person.id)}  # fmt: skip


def event_callback(state: State, event: Json, channel: Channel | None, user: str) -> Json:
    """The outer event (docs.slack.dev/apis/events-api, "Callback field overview").

    In a channel shared with another company `team_id` is for messages the team of who acted, and `context_team_id`
    the channel's host; only `authorizations` always name ours (as in tests/slack_bolt/request/test_internals.py of
    github.com/slackapi/bolt-python).
    """
    person = state.users.get(user)
    shared = channel is not None and channel.shared
    theirs = shared and person is not None and event["type"] == "message"
    team = person.team_id if theirs and person is not None else state.team_id
    host = channel.host if shared and channel is not None and channel.host else state.team_id
    authorization = {"enterprise_id": None, "team_id": state.team_id, "user_id": state.bot.id, "is_bot": True,
                     "is_enterprise_install": False}  # fmt: skip
    return {"token": VERIFICATION, "team_id": team, "context_team_id": host, "context_enterprise_id": None,
            "api_app_id": state.app_id, "event": event, "type": "event_callback", "event_id": state.number("Ev"),
            "event_time": int(state.now()), "authorizations": [authorization], "is_ext_shared_channel": shared,
            "event_context": "4-event-context"}  # fmt: skip


def action(state: State, block: Json, element: Json, option: str | None, value: str | None) -> Json:
    """One entry of `actions`: the element without its menu, and what was chosen; `value` forges a button's."""
    kept = {"button": ("text", "value", "style"), "overflow": ()}.get(element["type"], ("placeholder",))
    made: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"],
                  "action_ts": state.ts()}  # fmt: skip
    made |= {name: element[name] for name in kept if name in element}
    made |= {"value": value} if value is not None else {}
    return made | (chosen(element, option) if element["type"] != "button" else {})


def chosen(element: Json, value: Any) -> Json:
    """What `state.values` and `actions` say about an element with this value (None: nothing chosen).

    Raises:
        LookupError: a menu has no such option.
    """
    match element["type"]:
        case "plain_text_input" | "email_text_input" | "url_text_input" | "number_input":
            return {"type": element["type"], "value": None if value in {None, ""} else str(value)}
        case "static_select" | "radio_buttons" | "external_select" | "overflow":
            return {"type": element["type"], "selected_option": _option(element, value)}
        case "checkboxes" | "multi_static_select":
            return {"type": element["type"], "selected_options": [_option(element, one) for one in value or []]}
        case kind:
            return {"type": kind, _SELECTED.get(kind, "value"): value}


_SELECTED = {"users_select": "selected_user", "conversations_select": "selected_conversation",
             "channels_select": "selected_channel", "multi_users_select": "selected_users",
             "timepicker": "selected_time", "multi_conversations_select": "selected_conversations",
             "datepicker": "selected_date", "datetimepicker": "selected_date_time", "file_input": "files"}  # fmt: skip


def options(element: Json) -> list[Json]:
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(one for group in groups for one in group["options"])]


def _option(element: Json, value: Any) -> Json | None:
    if value is None:
        return None
    for one in options(element):
        if value in (one["value"], one["text"]["text"]):
            return {"text": one["text"], "value": one["value"]}
    raise LookupError(f"no option {value!r}; there are {[one['value'] for one in options(element)]}")


def _interaction(state: State, person: User, kind: str) -> Json:
    """What all interactions have; somebody of Slack Connect comes with their own team."""
    own = person.team_id == state.team_id
    team = {"id": person.team_id, "domain": state.domain if own else person.team_id.lower()}
    user = {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id}
    return {"type": kind, "user": user, "api_app_id": state.app_id, "token": VERIFICATION, "team": team,
            "enterprise": None, "is_enterprise_install": False}  # fmt: skip
