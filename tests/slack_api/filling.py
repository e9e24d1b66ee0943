"""Filling in a modal as Slack's own app lets people do it."""

from typing import Any

from tests.slack_api.payloads import chosen
from tests.slack_api.places import View
from tests.slack_api.rules import Json


class NotFilledIn(Exception):  # noqa: N818  (what the app tells the person)
    """A field that Slack's own app would mark before anything is sent."""


def filled(view: View, values: dict[str, Any]) -> Json:
    """`state.values` with an entry for each input; `values` by block_id or action_id, the rest as it was.

    Raises:
        NotFilledIn: a needed field is empty, a text too long or too short.
        LookupError: a value for which there is no field.
    """
    made: Json = {block: dict(actions) for block, actions in view.values.items()}
    for block in view.blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        name, action_id = block["block_id"], element["action_id"]
        before = made.get(name, {}).get(action_id)
        key = next((one for one in (name, action_id) if one in values), None)
        given = chosen(element, values.pop(key)) if key is not None else before or chosen(element, _initial(element))
        _check(block, element, given)
        made[name] = {action_id: given}
    if values:
        raise LookupError(f"no fields for {sorted(values)}")
    return made


def _check(block: Json, element: Json, given: Json) -> None:
    value = next((found for key, found in given.items() if key != "type"), None)
    label = block["label"]["text"]
    if not value:
        if not block.get("optional", False):
            raise NotFilledIn(f"{label}: Please complete this required field.")
        return
    typed = element["type"] == "plain_text_input"
    if typed and not element.get("min_length", 0) <= len(value) <= element.get("max_length", 3000):
        raise NotFilledIn(f"{label}: {len(value)} characters")


def _initial(element: Json) -> Any:
    if "initial_option" in element:
        return element["initial_option"]["value"]
    if "initial_options" in element:
        return [one["value"] for one in element["initial_options"]]
    names = ("value", "user", "users", "conversation", "conversations", "channel", "date", "time", "date_time")
    return next((element[f"initial_{name}"] for name in names if f"initial_{name}" in element), None)
