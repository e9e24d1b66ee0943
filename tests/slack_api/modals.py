"""The methods views.*: modals on their stack, homes, and what comes of a submission."""

from typing import Any, NoReturn

from tests.slack_api import blocks as kit
from tests.slack_api.messages import numbered
from tests.slack_api.places import View
from tests.slack_api.rules import Json, Params, Refused
from tests.slack_api.state import State

MOST_VIEWS = 3  # docs.slack.dev/surfaces/modals: "up to three views"


def open_view(state: State, params: Params) -> Json:
    given = checked(state, "views.open", params.parsed("view"))
    trigger = state.exchange(params.needed("trigger_id"))
    for old in state.modals.get(trigger.user, []):
        old.open = False
    view = made(state, given, trigger.user)
    state.modals[trigger.user] = [view]
    return {"view": shown(state, view)}


def push_view(state: State, params: Params) -> Json:
    given = checked(state, "views.push", params.parsed("view"))
    trigger = state.exchange(params.needed("trigger_id"))
    if trigger.view is None:
        raise Refused("not_found")
    view = push(state, given, trigger.user)
    return {"view": shown(state, view)}


def update_view(state: State, params: Params) -> Json:
    view = _found(state, params)
    _hash(params, view)
    given = checked(state, "views.update", params.parsed("view"), view.given["type"])
    replace(state, view, given)
    return {"view": shown(state, view)}


def publish_view(state: State, params: Params) -> Json:
    user = params.needed("user_id")
    if user not in state.users:
        raise Refused("user_not_found")
    if not state.home_tab:
        raise Refused("not_enabled")
    given = checked(state, "views.publish", params.parsed("view"), "home")
    home = state.homes.get(user)
    if home is None:
        home = made(state, given, user)
        state.homes[user] = home
    else:
        _hash(params, home)
        replace(state, home, given)
    return {"view": shown(state, home)}


def checked(state: State, method: str, view: Any, kind: str = "modal") -> Json:
    """A view that an app gives.

    Raises:
        Refused: Slack would not take it; noted as a violation too.
    """
    found = list(kit.view_problems(view, {kind}))
    if found:
        state.violate(method, *found)
        raise Refused("invalid_arguments", *found)
    external = view.get("external_id")
    taken = external and any(one.open and one.given.get("external_id") == external for one in state.views.values())
    if taken and method in {"views.open", "views.push"}:
        raise Refused("duplicate_external_id")
    checked_view: Json = view
    return checked_view


def made(state: State, given: Json, user: str, previous: View | None = None) -> View:
    kept = {**given, "blocks": numbered(state, given["blocks"])}
    view = View(state.number("V"), kept, user, state.number("h"), previous)
    state.views[view.id] = view
    return view


def push(state: State, given: Json, user: str) -> View:
    stack = state.modals.get(user, [])
    if not stack:
        raise Refused("not_found")
    if len(stack) >= MOST_VIEWS:
        state.violate("views.push", "push_limit_reached")
        raise Refused("push_limit_reached")
    view = made(state, given, user, stack[-1])
    stack.append(view)
    return view


def replace(state: State, view: View, given: Json) -> None:
    """New content; what the person typed stays where the block_id and action_id stay."""
    view.given = {**given, "blocks": numbered(state, given["blocks"])}
    view.hash = state.number("h")
    view.errors = {}


def shown(state: State, view: View) -> Json:
    """The view as answers and payloads carry it (docs.slack.dev/reference/views)."""
    given = view.given
    return {
        "id": view.id, "team_id": state.team_id, "type": given["type"], "blocks": given["blocks"],
        "private_metadata": given.get("private_metadata", ""), "callback_id": given.get("callback_id", ""),
        "state": {"values": view.values}, "hash": view.hash, "title": given.get("title"),
        "clear_on_close": given.get("clear_on_close", False), "notify_on_close": given.get("notify_on_close", False),
        "close": given.get("close"), "submit": given.get("submit"),
        "previous_view_id": view.previous.id if view.previous else None, "root_view_id": view.root.id,
        "app_id": state.app_id, "external_id": given.get("external_id", ""),
        "app_installed_team_id": state.team_id, "bot_id": state.bot_id,
    }  # fmt: skip


def answered(state: State, view: View, body: Any) -> str:
    """What the answer to a submission does; the error that the person sees, "" for none.

    docs.slack.dev/surfaces/modals, "Updating views": no `response_action` closes this view.
    """
    try:
        _do(state, view, body if isinstance(body, dict) else {})
    except Refused as why:
        return why.error
    return ""


def _do(state: State, view: View, body: Json) -> None:
    match body.get("response_action"):
        case None:
            view.open = False
            state.modals[view.user] = [one for one in state.modals.get(view.user, []) if one is not view]
        case "clear":
            for one in state.modals.pop(view.user, []):
                one.open = False
        case "update":
            replace(state, view, checked(state, "response_action", body.get("view")))
        case "push":
            push(state, checked(state, "response_action", body.get("view")), view.user)
        case "errors":
            _errors(state, view, body.get("errors"))
        case other:
            _reject(state, f"[ERROR] unknown response_action {other!r}")


def _errors(state: State, view: View, errors: Any) -> None:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
        _reject(state, f"[ERROR] errors must name input blocks of the view: {errors!r}")
    if not all(isinstance(one, str) and one for one in errors.values()):
        _reject(state, "[ERROR] each error must be a text")
    view.errors = dict(errors)


def _reject(state: State, message: str) -> NoReturn:
    state.violate("response_action", message)
    raise Refused("invalid_arguments", message)


def _found(state: State, params: Params) -> View:
    name, external = params.text("view_id"), params.text("external_id")
    if not name and not external:
        raise Refused("invalid_arguments", "[ERROR] missing required field: view_id")
    for view in state.views.values():
        if view.open and (view.id == name if name else view.given.get("external_id") == external):
            return view
    raise Refused("not_found")


def _hash(params: Params, view: View) -> None:
    if params.text("hash") and params.text("hash") != view.hash:
        raise Refused("hash_conflict")
