"""Dialogues and the app's home as Slack gets them: within its limits, whatever stands in them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import views
from bot.forms import Field, FieldKind, Form
from bot.prompts import Action, Asker, Button, Prompt, PromptKind, question
from bot.texts import LOCALES, texts
from bot.values import replace
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.builders import make_invitation
from tests.slack_api.blocks import elements, view_problems

TOKENS = SignedTokens(Keyring(bytes(range(32))))
MENU = (Button(Action.MENU, "Ask", value="survey:ask:1"), Button(Action.MENU, "Skip", value="survey:skip:1"))
INFO = Prompt(PromptKind.INFO, "en", title="Will ask Mikko", lines=("in Slack now", "", "/settings"), buttons=MENU)
FORM = Form(
    lang="en",
    title="Ask for feedback",
    submit="Go on",
    close="Cancel",
    state="slack:C0TEAM",
    fields=(
        Field(name="person", label="Whom to ask", kind=FieldKind.PERSON, value="U0MIKKO"),
        Field(name="ticket", label="Ticket", value="T-1042", hint="Of your help desk.", longest=9000),
        Field(name="survey", label="Question", kind=FieldKind.CHOICE, value="nps", needed=True,
              options=(("csat", "Satisfaction"), ("nps", "Recommendation"))),
        Field(name="nothing", label="Nothing to choose", kind=FieldKind.CHOICE),
        Field(name="words", label="What they read", multiline=True),
    ),
)  # fmt: skip


def check(view: dict[str, Any]) -> None:
    assert list(view_problems(view, {view["type"]})) == []


def read(view: dict[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"] if "text" in block]


def test_a_dialogue_shows_prompts_and_their_buttons() -> None:
    view = views.dialogue([INFO, INFO], TOKENS, "en")
    check(view)
    assert (view["callback_id"], view["title"]["text"], view["close"]["text"]) == ("dialogue", "Pulssi", "Close")
    one = ["*Will ask Mikko*", "in Slack now", "/survey settings"]
    assert read(view) == [*one, *one]
    pressed = [(key["action_id"], key["value"]) for block in view["blocks"] for key in elements(block)]
    assert pressed == [(f"m:{place}", MENU[place % 2].value) for place in range(4)]
    assert "submit" not in view


def test_words_of_a_prompt_in_a_dialogue_are_written_behind_a_button() -> None:
    view = views.dialogue([question(make_invitation("open"), Asker("Acme"), texts("en"))], TOKENS, "en")
    check(view)
    assert view["blocks"][-1]["elements"][0]["action_id"] == "write"


def test_a_form_asks_for_each_field() -> None:
    view = views.form(FORM)
    check(view)
    assert (view["callback_id"], view["private_metadata"]) == ("ask", "slack:C0TEAM")
    assert [view[name]["text"] for name in ("title", "submit", "close")] == ["Ask for feedback", "Go on", "Cancel"]
    person, ticket, survey, several = view["blocks"]
    assert person["element"] == {"action_id": "value", "type": "users_select", "initial_user": "U0MIKKO"}
    assert ticket["element"] == {
        "action_id": "value", "type": "plain_text_input", "max_length": 3000, "initial_value": "T-1042"
    }  # fmt: skip
    assert several["element"] == {
        "action_id": "value", "type": "plain_text_input", "max_length": 200, "multiline": True
    }  # fmt: skip
    assert survey["element"]["type"] == "radio_buttons"
    assert survey["element"]["initial_option"] == survey["element"]["options"][1]
    assert [block["block_id"] for block in view["blocks"]] == ["person", "ticket", "survey", "words"]
    assert [block["optional"] for block in view["blocks"]] == [True, True, False, True]
    assert ["hint" in block for block in view["blocks"]] == [False, True, False, False]


def test_many_choices_are_a_menu() -> None:
    options = tuple((str(number), "L" * 100) for number in range(150))
    field = Field(name="survey", label="Question", kind=FieldKind.CHOICE, value="149", options=options)
    view = views.form(replace(FORM, fields=(field,)))
    check(view)
    element = view["blocks"][0]["element"]
    assert (element["type"], len(element["options"])) == ("static_select", 100)
    assert "initial_option" not in element


@given(st.text(max_size=3000), st.integers(1, 4000))
def test_whatever_stands_in_a_form_slack_takes_it(words: str, longest: int) -> None:
    fields = (
        Field(name="a", label=f"L{words}", value=words, hint=words and f"H{words}", longest=longest),
        Field(name="b", label="L", kind=FieldKind.CHOICE, options=(("x", f"O{words}"),), value="x"),
    )
    view = views.form(Form(lang="en", title=f"T{words}", submit=f"S{words}", close=f"C{words}", fields=fields))
    check(view)
    assert len(view["blocks"][0]["element"].get("initial_value", "")) <= view["blocks"][0]["element"]["max_length"]


def test_what_is_wrong_is_told_below_its_field() -> None:
    assert views.errors({"customer": "Nobody of that name."}) == {
        "response_action": "errors", "errors": {"customer": "Nobody of that name."}
    }  # fmt: skip


@pytest.mark.parametrize("lang", LOCALES)
def test_one_field_for_a_comment(lang: str) -> None:
    view = views.comment(lang, '{"token": "t"}', "x" * 5000)
    check(view)
    (field,) = view["blocks"]
    assert (view["callback_id"], view["private_metadata"]) == ("comment", '{"token": "t"}')
    assert (field["block_id"], field["element"]["action_id"], field["element"]["multiline"]) == ("words", "words", True)
    assert len(field["element"]["initial_value"]) == field["element"]["max_length"] == 3000
    assert "initial_value" not in views.comment(lang, "")["blocks"][0]["element"]


@pytest.mark.parametrize("lang", LOCALES)
def test_sentences(lang: str) -> None:
    view = views.notice(lang, "Kept. <!here>")
    check(view)
    assert view["blocks"] == [
        {"type": "section", "text": {"type": "plain_text", "text": "Kept. <!here>", "emoji": False}}
    ]
    check(views.notice(lang, ""))
    check(views.notice(lang, "x" * 5000))


def test_the_home_shows_one_after_the_other_and_a_way_back() -> None:
    form = Prompt(PromptKind.INFO, "en", title="Acme", buttons=(Button(Action.FORM, "Ask for feedback"),))
    summary = Prompt(PromptKind.SUMMARY, "en", title="This week", lines=("CSAT 80 %",))
    view = views.home([form, summary], TOKENS, "en", inner=False)
    check(view)
    assert [block["type"] for block in view["blocks"]] == ["section", "actions", "divider", "header", "section"]
    assert view["blocks"][1]["elements"][0]["action_id"] == "form"
    inner = views.home([summary], TOKENS, "fi", inner=True)
    check(inner)
    back = inner["blocks"][-1]["elements"][0]
    assert (back["action_id"], back["text"]["text"]) == ("home", "Takaisin")
    check(views.home([], TOKENS, "en", inner=False))


@pytest.mark.parametrize("inner", [True, False])
def test_a_home_or_dialogue_that_is_too_long_ends_early(inner: bool) -> None:
    many = [replace(INFO, title=f"Number {number}") for number in range(60)]
    view = views.home(many, TOKENS, "en", inner=inner)
    check(view)
    assert len(view["blocks"]) == 100
    assert view["blocks"][-2 if inner else -1]["text"]["text"] == "…"
    long = [replace(INFO, lines=tuple("ä" * 2900 for _ in range(20))) for _ in range(3)]
    for heavy in (views.home(long, TOKENS, "en", inner=inner), views.dialogue(long, TOKENS, "en")):
        check(heavy)
        assert len(json.dumps(heavy)) < 250_000


def test_a_dialogue_cannot_carry_more_than_slack_keeps() -> None:
    with pytest.raises(ValueError, match="carries 3000"):
        views.comment("en", "x" * 3001)
