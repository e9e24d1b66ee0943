"""The shapes of Block Kit as tables (docs.slack.dev/reference/block-kit): fields, lengths and what may stand where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "plain", "any_text", "flag", "number", "word", "raw"]


@dataclass(frozen=True, slots=True)
class Field:
    """One property: a string of `longest` characters, a text object (`plain`, or `any_text`), or something else."""

    kind: Kind = "raw"
    longest: int = 0
    needed: bool = False
    words: frozenset[str] = frozenset()


def _words(*words: str) -> Field:
    return Field("word", words=frozenset(words))


_PLAIN_150 = Field("plain", 150)
_ID = Field("text", 255)
_RAW = Field()
_FLAG = Field("flag")
_COMMON = {"action_id": _ID, "confirm": _RAW, "focus_on_load": _FLAG}
_OPTIONS = {**_COMMON, "options": _RAW, "option_groups": _RAW, "placeholder": _PLAIN_150}
_MULTI = {**_COMMON, "placeholder": _PLAIN_150, "max_selected_items": Field("number")}
_TYPED = {"action_id": _ID, "placeholder": _PLAIN_150, "focus_on_load": _FLAG, "dispatch_action_config": _RAW}
_IMAGE = {"image_url": Field("text", 3000), "slack_file": _RAW, "alt_text": Field("text", 2000, needed=True)}

ELEMENTS: Mapping[str, Mapping[str, Field]] = {
    "button": {
        "text": Field("plain", 75, needed=True), "action_id": _ID, "url": Field("text", 3000),
        "value": Field("text", 2000), "style": _words("primary", "danger"), "confirm": _RAW,
        "accessibility_label": Field("text", 75),
    },
    "static_select": {**_OPTIONS, "initial_option": _RAW},
    "multi_static_select": {**_OPTIONS, "initial_options": _RAW, "max_selected_items": Field("number")},
    "external_select": {**_OPTIONS, "initial_option": _RAW, "min_query_length": Field("number")},
    "users_select": {**_COMMON, "placeholder": _PLAIN_150, "initial_user": Field("text", 20)},
    "multi_users_select": {**_MULTI, "initial_users": _RAW},
    "conversations_select": {
        **_COMMON, "placeholder": _PLAIN_150, "initial_conversation": Field("text", 20),
        "default_to_current_conversation": _FLAG, "response_url_enabled": _FLAG, "filter": _RAW,
    },
    "multi_conversations_select": {
        **_MULTI, "initial_conversations": _RAW, "default_to_current_conversation": _FLAG, "filter": _RAW,
    },
    "channels_select": {
        **_COMMON, "placeholder": _PLAIN_150, "initial_channel": Field("text", 20), "response_url_enabled": _FLAG,
    },
    "overflow": {"action_id": _ID, "options": _RAW, "confirm": _RAW},
    "checkboxes": {**_COMMON, "options": _RAW, "initial_options": _RAW},
    "radio_buttons": {**_COMMON, "options": _RAW, "initial_option": _RAW},
    "datepicker": {**_COMMON, "initial_date": Field("text", 10), "placeholder": _PLAIN_150},
    "timepicker": {
        **_COMMON, "initial_time": Field("text", 5), "placeholder": _PLAIN_150, "timezone": Field("text", 100),
    },
    "datetimepicker": {**_COMMON, "initial_date_time": Field("number")},
    "plain_text_input": {
        **_TYPED, "initial_value": Field("text", 3000), "multiline": _FLAG, "min_length": Field("number", 3000),
        "max_length": Field("number", 3000),
    },
    "email_text_input": {**_TYPED, "initial_value": Field("text", 3000)},
    "url_text_input": {**_TYPED, "initial_value": Field("text", 3000)},
    "number_input": {
        **_TYPED, "is_decimal_allowed": Field("flag", needed=True), "initial_value": Field("text", 100),
        "min_value": Field("text", 100), "max_value": Field("text", 100),
    },
    "file_input": {"action_id": _ID, "filetypes": _RAW, "max_files": Field("number", 10)},
    "image": _IMAGE,
}  # fmt: skip

BLOCKS: Mapping[str, Mapping[str, Field]] = {
    "section": {"text": Field("any_text", 3000), "fields": _RAW, "accessory": _RAW, "expand": _FLAG},
    "actions": {"elements": Field(needed=True)},
    "context": {"elements": Field(needed=True)},
    "header": {"text": Field("plain", 150, needed=True), "level": Field("number")},
    "divider": {},
    "image": {**_IMAGE, "title": Field("plain", 2000)},
    "input": {
        "label": Field("plain", 2000, needed=True), "element": Field(needed=True), "hint": Field("plain", 2000),
        "optional": _FLAG, "dispatch_action": _FLAG,
    },
}  # fmt: skip
UNREAD_BLOCKS = frozenset({"rich_text", "video", "file", "markdown", "table", "context_actions", "call"})

CONFIRM = {"title": Field("plain", 100, needed=True), "text": Field("any_text", 300, needed=True),
           "confirm": Field("plain", 30, needed=True), "deny": Field("plain", 30, needed=True),
           "style": _words("primary", "danger")}  # fmt: skip
# In menus an option's text is plain; checkboxes and radio buttons take mrkdwn; only overflow menus take a URL.
OPTION = {"text": Field("plain", 75, needed=True), "value": Field("text", 150, needed=True),
          "description": Field("plain", 75)}  # fmt: skip
MARKED_OPTION = {**OPTION, "text": Field("any_text", 75, needed=True), "description": Field("any_text", 75)}
OPTIONS = {"overflow": {**OPTION, "url": Field("text", 3000)}, "checkboxes": MARKED_OPTION,
           "radio_buttons": MARKED_OPTION}  # fmt: skip
GROUP = {"label": Field("plain", 75, needed=True), "options": Field(needed=True)}

IN_ACTIONS = frozenset({"button", "static_select", "multi_static_select", "external_select", "users_select",
                        "multi_users_select", "conversations_select", "multi_conversations_select", "channels_select",
                        "overflow", "checkboxes", "radio_buttons", "datepicker", "timepicker",
                        "datetimepicker"})  # fmt: skip
IN_SECTION = (IN_ACTIONS | {"image"}) - {"datetimepicker"}
IN_INPUT = frozenset(ELEMENTS) - {"button", "overflow", "image"}
IN_CONTEXT = frozenset({"image", "mrkdwn", "plain_text"})

MOST_ELEMENTS, MOST_IN_CONTEXT, MOST_FIELDS, FIELD_LONGEST, BLOCK_ID_LONGEST = 25, 10, 10, 2000, 255
OPTION_COUNTS = {"static_select": 100, "multi_static_select": 100, "overflow": 5, "checkboxes": 10, "radio_buttons": 10}

# docs.slack.dev/reference/views: `submit` is needed when there is an input block.
HOME = {
    "private_metadata": Field("text", 3000), "callback_id": Field("text", 255), "external_id": Field("text", 255),
    "blocks": Field(needed=True),
}  # fmt: skip
MODAL = {
    **HOME, "title": Field("plain", 24, needed=True), "submit": Field("plain", 24), "close": Field("plain", 24),
    "clear_on_close": _FLAG, "notify_on_close": _FLAG, "submit_disabled": _FLAG,
}  # fmt: skip
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
VIEW_BYTES = 250_000
