"""The stand-in's check of Block Kit on the raw JSON: each limit holds on its last good value and not beyond."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_api.blocks import problems, view_problems
from tests.slack_api.bolt import CHANNEL, YES_NO, button, modal, refused
from tests.slack_api.places import Channel
from tests.slack_api.rules import Json
from tests.slack_api.slack_api import SlackApi

DIVIDER: Json = {"type": "divider"}
IMAGE: Json = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A line"}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def buttons(number: int) -> list[Json]:
    return [button(str(one), f"a{one}") for one in range(number)]


def options(number: int, value: int = 1) -> list[Json]:
    return [{"text": plain(str(one)), "value": str(one).rjust(value, "v")} for one in range(number)]


def select(**more: Any) -> Json:
    return actions({"type": "static_select", "action_id": "a", "options": options(2), **more})


def confirm(**more: Any) -> Json:
    return {"title": plain("t"), "text": mrkdwn("x"), "confirm": plain("Yes"), "deny": plain("No"), **more}


def asked_for(**more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "a"}
    return {"type": "input", "label": plain("Label"), "element": element, **more}


LIMITS: list[tuple[str, Callable[[int], Json], int]] = [
    ("section text", lambda n: {"type": "section", "text": mrkdwn("x" * n)}, 3000),
    ("fields", lambda n: {"type": "section", "fields": [mrkdwn("x")] * n}, 10),
    ("field text", lambda n: {"type": "section", "fields": [plain("x" * n)]}, 2000),
    ("header", lambda n: {"type": "header", "text": plain("x" * n)}, 150),
    ("block_id", lambda n: {**DIVIDER, "block_id": "x" * n}, 255),
    ("elements of actions", lambda n: actions(*buttons(n)), 25),
    ("elements of context", lambda n: {"type": "context", "elements": [mrkdwn("x")] * n}, 10),
    ("button text", lambda n: actions(button("x" * n, "a")), 75),
    ("button value", lambda n: actions(button("x", "a", "v" * n)), 2000),
    ("action_id", lambda n: actions(button("x", "a" * n)), 255),
    ("button url", lambda n: actions(button("x", "a", url="https://e.fi/".ljust(n, "x"))), 3000),
    ("accessibility_label", lambda n: actions(button("x", "a", accessibility_label="x" * n)), 75),
    ("confirm title", lambda n: actions(button("x", "a", confirm=confirm(title=plain("x" * n)))), 100),
    ("confirm text", lambda n: actions(button("x", "a", confirm=confirm(text=plain("x" * n)))), 300),
    ("confirm deny", lambda n: actions(button("x", "a", confirm=confirm(deny=plain("x" * n)))), 30),
    ("options", lambda n: select(options=options(n)), 100),
    ("option value", lambda n: select(options=options(1, n)), 150),
    ("option text", lambda n: select(options=[{"text": plain("x" * n), "value": "v"}]), 75),
    ("placeholder", lambda n: select(placeholder=plain("x" * n)), 150),
    ("alt_text", lambda n: {**IMAGE, "alt_text": "x" * n}, 2000),
    ("label", lambda n: asked_for(label=plain("x" * n)), 2000),
    ("hint", lambda n: asked_for(hint=plain("x" * n)), 2000),
    ("max_length", lambda n: asked_for(element={"type": "plain_text_input", "action_id": "a", "max_length": n}), 3000),
]

VIEW_LIMITS: list[tuple[str, Callable[[int], Json], int]] = [
    ("blocks", lambda n: modal(*[DIVIDER] * n), 100),
    ("title", lambda n: modal(title=plain("x" * n)), 24),
    ("submit", lambda n: modal(submit=plain("x" * n)), 24),
    ("close", lambda n: modal(close=plain("x" * n)), 24),
    ("private_metadata", lambda n: modal(private_metadata="x" * n), 3000),
    ("callback_id", lambda n: modal(callback_id="x" * n), 255),
]

REFUSED: list[tuple[str, Json, str]] = [
    ("unknown block", {"type": "banner"}, "unsupported type: banner"),
    ("unknown element", actions({"type": "slider", "action_id": "a"}), "unsupported type: slider"),
    ("an input among actions", actions({"type": "plain_text_input", "action_id": "a"}), "unsupported type"),
    ("unknown field", {**DIVIDER, "colour": "red"}, "invalid additional property: colour"),
    ("empty text", {"type": "section", "text": mrkdwn("")}, "must be more than 0 characters"),
    ("no text", {"type": "section"}, "missing required field: text or fields"),
    ("mrkdwn in a header", {"type": "header", "text": mrkdwn("x")}, "of type plain_text"),
    ("mrkdwn on a button", actions({**button("x", "a"), "text": mrkdwn("x")}), "of type plain_text"),
    ("an action_id twice", actions(button("x", "a"), button("y", "a")), "already exists for `block_id`"),
    ("no alt_text", {"type": "image", "image_url": "https://example.com/a.png"}, "missing required field: alt_text"),
    ("no elements", actions(), "no less than 1 items"),
    ("no options", select(options=[]), "must have 1 to 100 items"),
    ("another initial option", select(initial_option=options(3)[2]), "must match one of the options"),
    ("mrkdwn in a menu", select(options=[{"text": mrkdwn("x"), "value": "v"}]), "of type plain_text"),
    ("a style", actions(button("x", "a", style="green")), "must be one of ['danger', 'primary']"),
    ("a url", actions(button("x", "a", url="example.com")), "invalid url"),
    ("a text that is none", {"type": "section", "text": "x"}, "must be a text object"),
]


@pytest.mark.parametrize(("made", "most"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS])
def test_the_last_good_value(made: Callable[[int], Json], most: int) -> None:
    assert list(problems([made(most)], "message")) == []
    found = list(problems([made(most + 1)], "message"))
    assert len(found) == 1
    assert "[json-pointer:/blocks/0/" in found[0]


@pytest.mark.parametrize(("made", "most"), [row[1:] for row in VIEW_LIMITS], ids=[row[0] for row in VIEW_LIMITS])
def test_the_last_good_value_of_a_view(made: Callable[[int], Json], most: int) -> None:
    assert list(view_problems(made(most), {"modal"})) == []
    assert len(list(view_problems(made(most + 1), {"modal"}))) == 1


@pytest.mark.parametrize(("block", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_refused(block: Json, why: str) -> None:
    found = list(problems([block], "message"))
    assert len(found) == 1
    assert why in found[0]


def test_blocks_together() -> None:
    assert list(problems([DIVIDER] * 50, "message")) == []
    assert list(problems([DIVIDER] * 51, "message")) == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    named = {**DIVIDER, "block_id": "x"}
    assert "already exists" in next(iter(problems([named, named], "message")))
    assert list(problems({}, "message")) == ["[ERROR] must be an array [json-pointer:/blocks]"]


def test_a_view_as_a_whole() -> None:
    without = {name: value for name, value in modal().items() if name != "submit"}
    assert "must define `submit`" in next(iter(view_problems(without, {"modal"})))
    assert "missing required field: title" in next(iter(view_problems({"type": "modal", "blocks": []}, {"modal"})))
    assert list(view_problems({"type": "home", "blocks": [DIVIDER] * 100}, {"home"})) == []
    assert "must be an object of type home" in next(iter(view_problems(modal(), {"home"})))
    titled = {"type": "home", "title": plain("x"), "blocks": [DIVIDER]}
    assert "invalid additional property: title" in next(iter(view_problems(titled, {"home"})))
    boxes = [{"text": mrkdwn("*x*"), "value": "v", "description": mrkdwn("x")}]
    element = {"type": "checkboxes", "action_id": "a", "options": boxes, "initial_options": boxes}
    assert list(view_problems(modal(asked_for(element=element)), {"modal"})) == []


async def test_a_message_with_bad_blocks_is_refused(api: SlackApi, slack: AsyncWebClient, channel: Channel) -> None:
    bad = [actions(button("x" * 76, "a"))]
    assert await refused(slack.chat_postMessage(channel=CHANNEL, text="x", blocks=bad)) == "invalid_blocks"
    place = "[json-pointer:/blocks/0/elements/0/text/text]"
    assert [tuple(one) for one in api.violations] == [
        ("chat.postMessage", f"[ERROR] must be less than 76 characters {place}")
    ]
    assert channel.messages == []


async def test_texts_that_are_refused(api: SlackApi, slack: AsyncWebClient, channel: Channel) -> None:
    many = [{"type": "section", "text": mrkdwn("x" * 3000)}] * 5
    sent = await slack.chat_postMessage(channel=CHANNEL, text="x")
    assert await refused(slack.api_call("chat.postMessage", json={"channel": CHANNEL, "text": ""})) == "no_text"
    assert await refused(slack.chat_postMessage(channel=CHANNEL, text="x" * 40_001)) == "msg_too_long"
    assert await refused(slack.chat_update(channel=CHANNEL, ts=sent["ts"], text="x" * 4001)) == "msg_too_long"
    assert await refused(slack.chat_postMessage(channel=CHANNEL, text="x", blocks=many)) == "msg_blocks_too_long"
    assert await refused(slack.chat_postMessage(channel=CHANNEL, text="x", blocks="[")) == "invalid_blocks_format"
    assert len(api.violations) == 4
    assert api.warnings == []


async def test_what_is_taken_with_a_warning(api: SlackApi, slack: AsyncWebClient, channel: Channel) -> None:
    await slack.api_call("chat.postMessage", json={"channel": CHANNEL, "blocks": YES_NO})  # the client's own warns too
    await slack.chat_postMessage(channel=CHANNEL, text="x" * 4001)
    await slack.chat_postMessage(channel=CHANNEL, text="x", blocks=[actions(button("x", "a"))] * 2)
    await slack.chat_postMessage(channel=CHANNEL, text="@here", link_names=True)
    words = ["without a top-level text", "4001 characters", "stands twice", "link_names"]
    assert all(word in one.message for word, one in zip(words, api.warnings, strict=True))
    assert channel.messages[0].text == "This content can't be displayed."
    assert api.violations == []
