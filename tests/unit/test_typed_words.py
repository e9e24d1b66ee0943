"""Words that somebody typed into a form: on one line, or with the paragraphs that they have."""

import pytest

from bot.service.commands.talk import cleaned, cleaned_lines


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("It is fixed.\nWe are sorry.", "It is fixed.\nWe are sorry."),
        ("  It  is\tfixed. \r\n \n\n\n\n We are sorry.\u2028Anna\n", "It is fixed.\n\nWe are sorry.\nAnna"),
        ("\u200b\n \u202e\n", ""),
        ("", ""),
    ],
)
def test_line_ends_stay_and_what_nobody_sees_goes(typed: str, kept: str) -> None:
    assert cleaned_lines(typed) == kept
    assert cleaned(typed) == " ".join(kept.split())


def test_what_is_too_long_is_cut_over_all_lines() -> None:
    assert cleaned_lines("aaa\nbbb\nccc", 7) == "aaa\nbbb"
    assert cleaned_lines("aaa\nbbb", 4) == "aaa"
