"""The catalogues hold every text that the source asks for, with the same placeholders, and languages fall back."""

import ast
import string
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.texts import LOCALES, best_locale, texts
from bot.texts.reasons import counted, of_one
from bot.texts.widget import widget_texts

ROOT = Path(__file__).parents[2]
SOURCES = ("bot", "adapters", "storage", "scheduler")
TRANSLATED = tuple(locale for locale in LOCALES if locale != "en")
CALLERS = {"texts", "_texts"}

Id = tuple[str, ...]


def asked_for() -> dict[Id, str]:
    """Every text in the source that is looked up in a catalogue, and the file that asks for it."""
    found: dict[Id, str] = {}
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                for wanted in _ids(node, path):
                    found.setdefault(wanted, path.name)
    return found


def _ids(node: ast.AST, path: Path) -> Iterator[Id]:
    if not isinstance(node, ast.Call):
        return
    words = tuple(a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name == "plural" and len(words) >= 2:
        yield words[:2]
    elif (name in CALLERS or (name == "self" and path.parent.name == "texts")) and words and words[0] not in LOCALES:
        yield words[:1]


def catalogue(locale: str) -> Catalog:
    with (ROOT / "bot" / "texts" / f"{locale}.po").open("rb") as source:
        return read_po(source, locale=locale, abort_invalid=True)


def ids(message: Message) -> Id:
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)


def forms(message: Message) -> Id:
    found = message.string
    return tuple(form or "" for form in (found if isinstance(found, list | tuple) else (found,)))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_scan_finds_texts_and_plurals() -> None:
    found = asked_for()
    assert found["How satisfied are you with the help you got?",] == "questions.py"
    assert ("{n} answer", "{n} answers") in found
    assert ("{others} or {last}",) in found
    assert len(found) > 100


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_text_is_translated(locale: str) -> None:
    known = catalogue(locale)
    missing = []
    for wanted, path in asked_for().items():
        message = known.get(wanted[0])
        if message is None or not all(forms(message)) or len(forms(message)) != len(wanted) or message.fuzzy:
            missing.append((wanted, path))
    assert missing == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_no_text_is_left_over(locale: str) -> None:
    wanted = {texts_asked[0] for texts_asked in asked_for()}
    kept = [ids(message)[0] for message in catalogue(locale) if message.id]
    assert len(kept) > 100
    assert [text for text in kept if text not in wanted] == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_placeholders_are_those_of_the_english_text(locale: str) -> None:
    for message in catalogue(locale):
        if not message.id:
            continue
        english = placeholders(ids(message)[-1])
        # Where a score is named out of the highest, a language may say the whole scale.
        allowed = english | {"lowest"} if "highest" in english else english
        for form in forms(message):
            assert english - {"highest"} <= placeholders(form) <= allowed, message.id
            assert form.strip() == form, message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_a_catalogue_speaks_its_language(locale: str) -> None:
    words = {"en": "Yes", "fi": "Kyllä", "sv": "Ja"}
    assert texts(locale)("Yes") == words[locale]
    assert texts(locale).locale == locale


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("fi-FI", "fi"), ("sv_SE", "sv"), ("SV", "sv"), ("de", "en"), ("", "en"), (None, "en"), ("fil", "en")],
)
def test_an_unknown_language_falls_back(wanted: str | None, found: str) -> None:
    assert best_locale(wanted) == found
    assert texts(wanted or "").locale == found


def test_the_fallback_can_be_another_language() -> None:
    assert best_locale("de", "fi") == "fi"
    assert best_locale("sv", "fi") == "sv"


@pytest.mark.parametrize(
    ("locale", "n", "words"),
    [
        ("en", 1, "1 answer"),
        ("en", 0, "0 answers"),
        ("en", 2450, "2,450 answers"),
        ("fi", 1, "1 vastaus"),
        ("fi", 2450, "2\u00a0450 vastausta"),
        ("sv", 2450, "2\u00a0450 svar"),
    ],
)
def test_plurals(locale: str, n: int, words: str) -> None:
    assert texts(locale).plural("{n} answer", "{n} answers", n) == words


@pytest.mark.parametrize(
    ("locale", "number", "signed", "percent"),
    [
        ("en", "\u22121.50", "+4.0", "80 %"),
        ("fi", "\u22121,50", "+4,0", "80\u00a0%"),
        ("sv", "\u22121,50", "+4,0", "80\u00a0%"),
    ],
)
def test_numbers(locale: str, number: str, signed: str, percent: str) -> None:
    say = texts(locale)
    assert (say.number(-1.5, 2), say.signed(4.0, 1), say.percent(80.0)) == (number, signed, percent)
    assert say.signed(0.0) == "±0"
    assert say.signed(-14.0) == "\u221214"


@pytest.mark.parametrize(
    ("locale", "short", "day", "moment", "weekday"),
    [
        ("en", "24 Nov", "Tuesday 24 Nov", "Tuesday 24 Nov 09:05", "Tue"),
        ("fi", "24.11.", "tiistaina 24.11.", "tiistaina 24.11. klo 9.05", "ti"),
        ("sv", "24 november", "tisdag 24 november", "tisdag 24 november kl. 09:05", "tis"),
    ],
)
def test_days(locale: str, short: str, day: str, moment: str, weekday: str) -> None:
    say, at = texts(locale), datetime.fromisoformat("2026-11-24T09:05+02:00")
    assert (say.short_date(at.date()), say.short_date(at)) == (short, short)
    assert (say.long_day(at.date()), say.moment(at), say.weekday(at.date())) == (day, moment, weekday)


@pytest.mark.parametrize(
    ("locale", "within", "across"),
    [
        ("en", "16\u201322 Nov", "30 Nov \u2013 6 Dec"),
        ("fi", "16.\u201322.11.", "30.11.\u20136.12."),
        ("sv", "16\u201322 nov", "30 nov \u2013 6 dec"),
    ],
)
def test_spans_of_days(locale: str, within: str, across: str) -> None:
    assert texts(locale).span(date(2026, 11, 16), date(2026, 11, 22)) == within
    assert texts(locale).span(date(2026, 11, 30), date(2026, 12, 6)) == across


def test_cities_and_lists() -> None:
    assert [texts(locale).city("Europe/Copenhagen") for locale in LOCALES] == [
        "Copenhagen",
        "Kööpenhamina",
        "Köpenhamn",
    ]
    assert texts("en").city("UTC") == "UTC"
    assert texts("en").listed([]) == ""
    assert texts("sv").listed(["a"]) == "a"
    assert texts("sv").listed(["a", "b", "c"]) == "a, b eller c"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_widget_has_all_its_words(locale: str) -> None:
    words = widget_texts(texts(locale))
    assert set(words) == {
        "title", "input", "send", "empty", "offline", "retry", "open", "close", "you", "new", "too_long", "not_sent",
        "log", "sample", "alone", "dismiss", "needed",
    }  # fmt: skip
    assert all(words.values())
    assert "{max}" in words["too_long"]


def test_reasons_in_words() -> None:
    assert counted("asked_recently", texts("fi")) == "kysytty äskettäin"
    assert counted("solar_flare", texts("fi")) == "solar flare"
    assert of_one("opted_out", texts("sv")) == "har bett att inte få fler frågor."
    assert of_one("never_shown", texts("en")) == "never shown."
