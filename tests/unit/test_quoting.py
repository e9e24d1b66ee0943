"""Words from the right do not turn the line that quotes them."""

import unicodedata

import pytest

from bot.texts import texts
from bot.texts.quoting import quoted

HEBREW, ARABIC = "השירות היה איטי", "الخدمة بطيئة"


def directions(line: str) -> list[str]:
    """The strong directions in the line, in order, each once (Unicode Standard Annex #9, P2 and W)."""
    found: list[str] = []
    for sign in line:
        direction = {"AL": "R"}.get(kind := unicodedata.bidirectional(sign), kind)
        if direction in {"L", "R"} and found[-1:] != [direction]:
            found.append(direction)
    return found


@pytest.mark.parametrize("words", [HEBREW, ARABIC, f"Slow: {HEBREW}", f"{ARABIC} 100 %"])
@pytest.mark.parametrize("locale", ["en", "fi", "sv"])
def test_a_line_begins_from_the_left_and_goes_on_so_behind_the_words(words: str, locale: str) -> None:
    line = f"{quoted(words, texts(locale))} · 2"
    assert directions(line)[0] == "L"
    assert directions(line[: line.rindex("·")])[-1] == "L", "the score stands behind words that end from the left"


@pytest.mark.parametrize("words", ["Slow", "Liian hidasta, 3 päivää", "Слишком долго", "遅い", "\U0001f621", "100 %"])
def test_other_words_get_no_mark(words: str) -> None:
    assert quoted(words, texts("fi")) == f"”{words}”"


def test_no_words_no_marks() -> None:
    assert not quoted("", texts("en"))
