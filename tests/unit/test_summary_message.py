"""The whole weekly message in each language, word for word, and what it never does."""

from pathlib import Path

import pytest

from bot.summary_text import explanations, to_prompt
from bot.texts import LOCALES, texts
from bot.texts.definitions import DEFINITIONS
from tests.unit.summary_cases import CASES, quiet, rich, still

GOLDEN = Path(__file__).parents[1] / "golden" / "summary"
EN = texts("en")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", CASES)
def test_the_message_reads_as_agreed(name: str, locale: str) -> None:
    prompt = to_prompt(CASES[name](), texts(locale))
    assert f"{prompt.title}\n" + "\n".join(prompt.lines) + "\n" == (GOLDEN / f"{name}.{locale}.txt").read_text("utf-8")


@pytest.mark.parametrize("locale", LOCALES)
def test_explanations_read_as_agreed(locale: str) -> None:
    told = "\n".join(explanations(rich(), texts(locale))) + "\n"
    assert told == (GOLDEN / f"explained.{locale}.txt").read_text("utf-8")


def test_no_part_is_padded() -> None:
    lines = to_prompt(still(), EN).lines
    assert lines == (
        "No clear change in satisfaction.",
        "",
        "CSAT 80 % (likely 68\u201388) · 60 answers · +4, could be chance",
        "",
        "Considered 140 → asked 140 → delivered 140 → answered 60 (43 %) → wrote 0.",
        "Scores count answers given this week; this line follows the people asked this week.",
    )


def test_only_what_is_shown_is_explained() -> None:
    assert explanations(quiet(), EN) == []
    few = explanations(still(), EN)
    assert [name for name, words in DEFINITIONS.items() if words(EN) in few] == [
        "likely", "change", "funnel", "response_rate",
    ]  # fmt: skip
    assert len(explanations(rich(), EN)) > len(few)


def test_praise_is_as_visible_as_trouble() -> None:
    lines = to_prompt(rich(), EN).lines
    worse = [line for line in lines if line.startswith("Clearly worse: ")]
    better = [line for line in lines if line.startswith("Clearly better: ")]
    assert (len(worse), len(better)) == (1, 1)
    assert [line.partition(":")[2].split()[0] for line in lines if line.startswith("Next: ")] == ["read", "thank"]
