"""What a stored prompt looks like, with a picture and without, and that older rows still read."""

import msgspec
import pytest

from bot.prompts import Action, Button, Prompt, PromptKind
from storage.codec import prompt_body, prompt_from
from tests.sample_pictures import edge_cases, scores, twelve_weeks

BEFORE_PICTURES = (
    b'{"kind":"info","lang":"fi","invitation":"i-1","header":"","title":"Otsikko","lines":["a","b"],"scale":null,'
    b'"words_wanted":"","buttons":[{"action":"menu","label":"Luvut","danger":false,"value":"f:kpi"}],"footnote":"",'
    b'"for_whom":""}'
)
PROMPT = Prompt(
    PromptKind.INFO, "fi", "i-1", title="Otsikko", lines=("a", "b"),
    buttons=(Button(Action.MENU, "Luvut", value="f:kpi"),),
)  # fmt: skip


def test_without_a_picture_the_row_is_as_it_was_before_there_were_any() -> None:
    assert msgspec.json.encode(prompt_body(PROMPT)) == BEFORE_PICTURES


def test_a_row_of_before_there_were_pictures_still_reads() -> None:
    assert prompt_from(msgspec.json.decode(BEFORE_PICTURES)) == PROMPT


@pytest.mark.parametrize("picture", [twelve_weeks("fi"), scores("sv"), *edge_cases().values()])
def test_a_picture_comes_back_as_it_was(picture: object) -> None:
    prompt = Prompt(PromptKind.SUMMARY, "fi", title="Viikko 47", picture=picture)  # type: ignore[arg-type]  # see the list
    assert prompt_from(msgspec.json.decode(msgspec.json.encode(prompt_body(prompt)))) == prompt
