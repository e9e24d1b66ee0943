"""Messages as Telegram gets them: what is read, what can be tapped, and that nobody's words become more than words."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup

from adapters.telegram import render
from adapters.telegram.buttons import CODES
from adapters.telegram.render import LONGEST, Rendered
from bot import endings, prompts
from bot.address import Address, parse_address
from bot.invitation import Answer, Part
from bot.prompts import Action, Asker, Button, Choice, Choices, Prompt, PromptKind
from bot.service.commands.menu import NEEDED_ROLE
from bot.surveys import Scale
from bot.texts import LOCALES, Texts, texts
from bot.values import replace
from storage.keys import Keyring
from storage.tokens import RandomIds, SignedTokens
from tests.builders import NOON, make_invitation
from tests.telegram_api.entities import read
from tests.telegram_api.rules import Json, units

GOLDEN = Path(__file__).parents[1] / "golden" / "telegram_messages"
TOKENS = SignedTokens(Keyring(bytes(range(32))))
PRIVATE = parse_address("telegram:4711")
GROUP = parse_address("telegram:-1001234@4711")
ASKER = Asker("Acme & Co", "https://acme.example/privacy")
JOINER = "\u2060"
HOSTILE = "<b>@everyone</b> & /stop tg://user?id=1 <a href='tg://user?id=1'>x</a>"


def plain(**parts: object) -> Prompt:
    return replace(Prompt(PromptKind.NOTICE, "en", "inv1"), **parts)  # type: ignore[arg-type]  # the fields of a prompt


def scale(low: int, high: int) -> Choices:
    choices = tuple(Choice(score, str(score), "") for score in Scale(low, high).scores)
    return Choices("", f"{low} = bad", f"{high} = good", choices)


def views(say: Texts) -> Iterator[tuple[str, Prompt, Address]]:
    sent = make_invitation("csat")
    for slug in ("csat", "ces", "nps", "open"):
        yield f"question {slug}", prompts.question(make_invitation(slug), ASKER, say), PRIVATE
    yield "first contact", prompts.question(sent, ASKER, say, first_contact=True, commands=True), PRIVATE
    low = replace(sent, answer=Answer(score=2, first_at=NOON))
    yield "thanks", prompts.thanks(low, ASKER, say), PRIVATE
    wrote = replace(sent, answer=Answer(score=2, parts=(Part(f"{HOSTILE}\nkim@acme.example", NOON),), first_at=NOON))
    yield "kept, hostile words", prompts.kept(wrote, ASKER, say), PRIVATE
    yield "consent", prompts.consent(sent, ASKER, say, commands=True), PRIVATE
    yield "allow again", prompts.allow_again(sent, ASKER, say), PRIVATE
    yield "for one in a group", replace(prompts.question(sent, ASKER, say), for_whom="Mikko <3"), GROUP
    yield "in public", endings.in_public(low, "Mikko", say), GROUP
    menu = (Button(Action.MENU, "CSAT", value="survey:csat"), Button(Action.MENU, "NPS", value="survey:nps"))
    yield "a menu", plain(title="Which survey?", buttons=menu), PRIVATE
    lines = ("CSAT 80 % · 200 answers", "NPS 31 · 418 answers", "", "“@anna was great” · 5 of 5")
    yield "summary", Prompt(PromptKind.SUMMARY, "en", title="Week 47", lines=lines), GROUP


def drawn(shown: Rendered) -> str:
    rows = shown.keyboard.inline_keyboard if shown.keyboard else ()
    keys = (" ".join(f"[{key.text}{f' ({key.style})' if key.style else ''}]" for key in row) for row in rows)
    return "\n".join((shown.text.replace(JOINER, "⟨wj⟩"), *keys))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_looks_as_agreed(locale: str) -> None:
    found = [
        f"== {name}\n{drawn(render.message(prompt, address, TOKENS))}\n"
        for name, prompt, address in views(texts(locale))
    ]
    assert "\n".join(found) == (GOLDEN / f"messages.{locale}.txt").read_text("utf-8")


def seen(shown: Rendered) -> tuple[str, list[Json]]:
    """What Telegram makes of the text: what is read, and its entities."""
    return read(shown.text, "HTML", lambda user: {"id": user})


def everything(words: str) -> Prompt:
    return Prompt(
        PromptKind.KEPT, "en", "inv1", words, words, (words, words), replace(scale(1, 5), low_end=words), words,
        footnote=words, for_whom=words,
    )  # fmt: skip


PIECES = st.sampled_from(
    ["@", "/", "tg", ":", "//", "<", ">", "&", "b", "amp;", "a", "stop", "user", " ", "\n", '"', "t.me", "bob_bot",
     "#64;", "</a>", "</b>", "ä", "\U0001f600", JOINER, "\u202e", "\r", "\u2028", "\u030a", "\u0333", "\x00", "\x01",
     "\u200b"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join)))
def test_words_never_become_markup_mentions_or_commands(words: str) -> None:
    prompt = replace(everything(words), title="", footnote="")
    for shown in (render.message(prompt, GROUP, TOKENS), *render.pages(prompt, GROUP, TOKENS)):
        _, entities = seen(shown)
        kinds = {entity["type"] for entity in entities} - {"url", "email", "hashtag"}
        assert kinds <= {"text_mention"}
        assert "tg://" not in shown.text.replace('<a href="tg://user?id=4711">', "").lower()


READABLE = st.characters(
    exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters=f"\u202a\u202b\u202c\u202d\u202e{JOINER}"
)


@given(st.text(READABLE, max_size=40))
def test_a_reader_sees_the_same_words(words: str) -> None:
    words = unicodedata.normalize("NFC", words)
    assume(not {"\u030a", "\u0333", "\u033f"} & set(words))
    text, _ = seen(render.message(plain(title="It says", lines=(f"“{words}”",)), PRIVATE, TOKENS))
    assert text.replace(JOINER, "") == f"It says\n“{words}”"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("hi @bob and kim@acme.example @ noon", f"hi @{JOINER}bob and kim@{JOINER}acme.example @ noon"),
        ("/stop and and/or 1/5 //x", f"/{JOINER}stop and and/or 1/5 //{JOINER}x"),
        ("https://acme.example/a/b", "https://acme.example/a/b"),
        ("tg://resolve TG://x ton://y", f"tg:{JOINER}//resolve TG:{JOINER}//x ton:{JOINER}//y"),
        ("@\u202ebob /\u2028stop t\rg://x", f"@{JOINER}bob /{JOINER}stop tg:{JOINER}//x"),
        ("A\u030asa\x00", "Åsa"),
    ],
)
def test_words_are_kept_as_words(words: str, shown: str) -> None:
    assert render.message(plain(lines=(words,)), PRIVATE, TOKENS).text == shown


def test_our_own_commands_stay_alive_in_our_own_sentences() -> None:
    prompt = plain(title="If you change your mind, write /start.", lines=("/start",), footnote="/mydata · /sudo")
    assert render.message(prompt, PRIVATE, TOKENS).text == (
        f"<b>If you change your mind, write /start.</b>\n/{JOINER}start\n\n<i>/mydata · /{JOINER}sudo</i>"
    )


def test_commands_that_are_listed_can_be_tapped() -> None:
    lines = ("/survey · Ask a customer", "/join 7k3m-q0xv-2hta", "from @eve: /sudo and /stop_it")
    listed = replace(plain(title="What you can do here", lines=lines), kind=PromptKind.INFO)
    text = render.message(listed, PRIVATE, TOKENS).text
    assert text.split("\n")[1:] == [*lines[:2], f"from @{JOINER}eve: /{JOINER}sudo and /{JOINER}stop_it"]
    quoted = render.message(replace(listed, kind=PromptKind.SUMMARY), PRIVATE, TOKENS).text
    assert f"/{JOINER}survey" in quoted


@pytest.mark.parametrize("name", sorted(NEEDED_ROLE))
def test_every_command_of_ours_can_be_tapped(name: str) -> None:
    listed = replace(plain(lines=(f"/{name}",)), kind=PromptKind.INFO)
    text, entities = seen(render.message(listed, PRIVATE, TOKENS))
    assert (text, [entity["type"] for entity in entities]) == (f"/{name}", ["bot_command"])


def test_whom_it_is_for_is_mentioned_where_others_read() -> None:
    prompt = plain(title="How was it?", for_whom="Mikko <3")
    text, entities = seen(render.message(prompt, GROUP, TOKENS))
    assert text == "Mikko <3\nHow was it?"
    assert entities[0] == {"type": "text_mention", "user": {"id": 4711}, "offset": 0, "length": 8}
    for elsewhere in (PRIVATE, parse_address("telegram:-1001234")):
        assert render.message(prompt, elsewhere, TOKENS).text == "Mikko &lt;3\n<b>How was it?</b>"


def keys(markup: InlineKeyboardMarkup | None) -> list[list[str]]:
    assert markup is not None
    return [[key.text for key in row] for row in markup.inline_keyboard]


@pytest.mark.parametrize(
    ("low", "high", "widths"),
    [(1, 5, [5]), (1, 7, [7]), (0, 10, [6, 5]), (1, 10, [5, 5]), (1, 9, [5, 4]), (1, 8, [4, 4])],
)
def test_scores_stand_in_rows_that_fit_a_phone(low: int, high: int, widths: list[int]) -> None:
    rows = keys(render.keyboard(plain(scale=scale(low, high)), TOKENS))
    assert [len(row) for row in rows] == widths
    assert [label for row in rows for label in row] == [str(score) for score in Scale(low, high).scores]


def test_short_buttons_share_a_row_and_none_stands_beside_a_score() -> None:
    labels = ("Change", "Not solved yet", "Delete my answer", "Don't ask me again", "Stop")
    buttons = tuple(Button(Action.CHANGE, label) for label in labels)
    assert keys(render.keyboard(plain(scale=scale(1, 2), buttons=buttons), TOKENS)) == [
        ["1", "2"], ["Change", "Not solved yet"], ["Delete my answer"], ["Don't ask me again"], ["Stop"]
    ]  # fmt: skip


def test_what_a_tap_sends_names_the_action_and_the_invitation() -> None:
    prompt = plain(
        scale=scale(0, 1), buttons=(Button(Action.DELETE, "x", danger=True), Button(Action.MENU, "m", value="v:1"))
    )
    markup = render.keyboard(prompt, TOKENS)
    assert markup is not None
    token = TOKENS.issue("invitation", "inv1")
    sent = [key.callback_data for row in markup.inline_keyboard for key in row]
    assert sent == [f"s0:{token}", f"s1:{token}", f"d:{token}", "m:v:1"]


def test_only_deleting_is_red() -> None:
    buttons = tuple(Button(action, "x", danger=True, value="v") for action in CODES)
    markup = render.keyboard(plain(buttons=buttons), TOKENS)
    assert markup is not None
    red = [key for row in markup.inline_keyboard for key in row if key.style]
    assert [(str(key.callback_data)[0], key.style) for key in red] == [("d", "danger")]


def test_a_message_without_buttons_has_no_keyboard() -> None:
    assert render.keyboard(plain(title="x", buttons=(Button(Action.SCORE, "5"),)), TOKENS) is None


def test_every_button_fits_telegrams_64_bytes() -> None:
    real = replace(plain(scale=scale(0, 10)), invitation=RandomIds().new())
    markup = render.keyboard(real, TOKENS)
    assert markup is not None
    assert max(len(str(key.callback_data).encode()) for row in markup.inline_keyboard for key in row) <= 64
    with pytest.raises(ValueError, match="65 bytes; Telegram keeps 64"):
        render.keyboard(plain(buttons=(Button(Action.MENU, "x", value="v" * 63),)), TOKENS)
    with pytest.raises(ValueError, match="bound to nothing"):
        render.keyboard(replace(plain(), invitation="", buttons=(Button(Action.STOP, "x"),)), TOKENS)


LONG = st.sampled_from(["word ", "a", "😀", "@b ", "&", "\n", "x" * 200, " ", "“"])


@settings(max_examples=60)
@given(st.lists(st.tuples(LONG, st.integers(1, 5000)), max_size=4))
def test_whatever_the_length_telegram_takes_it(made: list[tuple[str, int]]) -> None:
    prompt = plain(title="Title", footnote="Foot", lines=tuple((piece * times)[:9000] for piece, times in made))
    text, _ = seen(render.message(prompt, PRIVATE, TOKENS))
    assert units(text) <= LONGEST
    assert text.startswith("Title")
    assert text.endswith("Foot")
    shown = [seen(page)[0] for page in render.pages(prompt, PRIVATE, TOKENS)]
    assert all(0 < units(page) <= LONGEST for page in shown)
    assert "".join("".join(shown).split()).replace(JOINER, "") == "".join(prompt.text.split())


def test_pages_break_between_lines_and_the_last_has_the_buttons() -> None:
    prompt = plain(
        title="List", lines=tuple(f"{n:04} {'x' * 95}" for n in range(100)), buttons=(Button(Action.STOP, "S"),)
    )
    pages = render.pages(prompt, PRIVATE, TOKENS)
    assert [page.keyboard is not None for page in pages] == [False, False, True]
    lines = [line for page in pages for line in page.text.split("\n")]
    assert lines == ["<b>List</b>", *prompt.lines]


def test_a_line_too_long_for_a_page_breaks_at_a_space() -> None:
    first, second = render.pages(plain(lines=("word " * 1000,)), PRIVATE, TOKENS)
    assert first.text == ("word " * 819).rstrip()
    assert second.text.startswith("word word")


def test_a_word_too_long_for_a_page_hides_no_command() -> None:
    line = "x" * LONGEST + "/stop"
    assert render.pages(plain(lines=(line,)), PRIVATE, TOKENS)[1].text == f"/{JOINER}stop"


def test_an_edit_shortens_only_the_longest() -> None:
    prompt = plain(title="T" * 50, header="Acme asks", lines=("a" * 3000, "short", "b" * 3000), footnote="f" * 100)
    text = render.message(prompt, PRIVATE, TOKENS).text
    title, header, first, middle, last, _, foot = text.split("\n")
    assert (header, middle) == ("Acme asks", "short")
    assert (title, foot) == (f"<b>{'T' * 50}</b>", f"<i>{'f' * 100}</i>")
    assert len(first) == len(last) < 2000
    assert first.endswith("a…")
    assert last.endswith("b…")
    assert units(seen(Rendered(text, None))[0]) in {LONGEST, LONGEST - 1}


def test_even_too_many_lines_and_a_title_without_end_are_sent() -> None:
    crowded = plain(title="T" * 3000, lines=("x" * 10,) * 5000, footnote="f" * 3000)
    assert units(seen(render.message(crowded, PRIVATE, TOKENS))[0]) <= LONGEST


def test_an_empty_message_is_one_page() -> None:
    assert render.pages(plain(title=" "), PRIVATE, TOKENS) == [Rendered("", None)]
