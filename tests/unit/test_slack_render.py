"""Messages as Slack gets them: what is read, what can be pressed, and that nobody's words become more than words."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapters.slack import mrkdwn, render
from adapters.slack.render import LONGEST, Rendered
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
from tests.slack_api import blocks as kit
from tests.slack_api.mrkdwn import mentions, plain, texts_of

GOLDEN = Path(__file__).parents[1] / "golden" / "slack_messages"
TOKENS = SignedTokens(Keyring(bytes(range(32))))
PRIVATE = parse_address("slack:U0MIKKO")
CHANNEL = parse_address("slack:C0TEAM/1700000000.000100@U0MIKKO")
OPEN_CALL = parse_address("slack:C0TEAM")
ASKER = Asker("Acme & Co", "https://acme.example/privacy")
HOSTILE = "<!channel> <@U1> & *bold* _it_ ~s~ `code` :tada: #general https://evil.example\n> quoted"


def made(**parts: object) -> Prompt:
    return replace(Prompt(PromptKind.NOTICE, "en", "inv1"), **parts)  # type: ignore[arg-type]  # the fields of a prompt


def scale(low: int, high: int) -> Choices:
    choices = tuple(Choice(score, str(score), f"{score} of {high}") for score in Scale(low, high).scores)
    return Choices("", f"{low} = bad", f"{high} = good", choices)


def views(say: Texts) -> Iterator[tuple[str, Prompt, Address, bool]]:
    sent = make_invitation("csat")
    for slug in ("csat", "ces", "nps", "open"):
        yield f"question {slug}", prompts.question(make_invitation(slug), ASKER, say), PRIVATE, False
    yield "first contact", prompts.question(sent, ASKER, say, first_contact=True), PRIVATE, False
    low = replace(sent, answer=Answer(score=2, first_at=NOON))
    yield "thanks", prompts.thanks(low, ASKER, say), PRIVATE, False
    yield "thanks, to one in a channel", prompts.thanks(low, ASKER, say), CHANNEL, True
    wrote = replace(sent, answer=Answer(score=2, parts=(Part(HOSTILE, NOON),), first_at=NOON))
    yield "kept, hostile words", prompts.kept(wrote, ASKER, say), PRIVATE, False
    yield "consent", prompts.consent(sent, ASKER, say), PRIVATE, False
    yield "allow again", prompts.allow_again(sent, ASKER, say), PRIVATE, False
    yield "for one in a channel", replace(prompts.question(sent, ASKER, say), for_whom="Mikko <3"), CHANNEL, False
    yield "open, for everybody", prompts.question(make_invitation("open"), ASKER, say), OPEN_CALL, False
    yield "in public", endings.in_public(low, "Mikko", say), CHANNEL, False
    menu = (Button(Action.MENU, "CSAT", value="survey:csat"), Button(Action.MENU, "NPS", value="survey:nps"))
    yield "a menu", made(title="Which survey?", buttons=menu), PRIVATE, False
    lines = ("CSAT 80 % · 200 answers", "NPS 31 · 418 answers", "", "“@anna was *great*” · 5 of 5")
    yield "summary", Prompt(PromptKind.SUMMARY, "en", title="Week 47", lines=lines), OPEN_CALL, False


def drawn(shown: Rendered) -> str:
    return "\n".join([*(line for block in shown.blocks for line in _drawn(block)), "-- text", shown.text])


def _drawn(block: dict[str, Any]) -> Iterator[str]:
    match block["type"]:
        case "actions":
            keys = ((key["text"]["text"], f" ({key['style']})" if "style" in key else "") for key in block["elements"])
            yield " ".join(f"[{label}{style}]" for label, style in keys)
        case "header":
            yield f"# {block['text']['text']}"
        case kind:
            for text in [block["text"]] if kind == "section" else block["elements"]:
                yield f"{kind}, {text['type']}: {text['text']}"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_looks_as_agreed(locale: str) -> None:
    found = [
        f"== {name}\n{drawn(render.message(prompt, address, TOKENS, alone=alone))}\n"
        for name, prompt, address, alone in views(texts(locale))
    ]
    assert "\n".join(found) == (GOLDEN / f"messages.{locale}.txt").read_text("utf-8")


def check(shown: Rendered) -> None:
    """Slack takes it."""
    assert list(kit.problems(shown.blocks, "message")) == []
    assert len(shown.text) <= 4000
    ids = kit.action_ids(shown.blocks)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("locale", LOCALES)
def test_slack_takes_every_message(locale: str) -> None:
    for _, prompt, address, alone in views(texts(locale)):
        for shown in (
            render.message(prompt, address, TOKENS, alone=alone),
            *render.pages(prompt, address, TOKENS, alone=alone),
        ):
            check(shown)


def everything(words: str) -> Prompt:
    return Prompt(
        PromptKind.KEPT, "en", "inv1", words, words, (words, words), replace(scale(1, 5), low_end=words), words,
        footnote=words, for_whom=words,
    )  # fmt: skip


PIECES = st.sampled_from(
    ["<", ">", "&", "!channel", "@U1", "#C1", "|", "*", "_", "~", "`", ":tada:", "b", "amp;", "lt;", " ", "\n", "ä",
     "\U0001f600", "\u202e", "\r", "\u2028", "\x00", "\x01", "https://a.example/x_y", "mailto:a@b.example", "/stop"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join)))
def test_words_never_become_markup_mentions_or_links(words: str) -> None:
    for prompt in (everything(words), replace(everything(words), footnote="")):
        for shown in (render.message(prompt, CHANNEL, TOKENS), *render.pages(prompt, CHANNEL, TOKENS)):
            check(shown)
            assert mentions(shown.text) == []
            for one in texts_of(shown.blocks):
                if one["type"] != "mrkdwn" or one["text"] == "<@U0MIKKO>":
                    continue
                assert one["verbatim"] is True
                assert not {found.kind for found in mentions(one["text"])} - {"link"}
                assert all(plain(found.target) in mrkdwn.cleaned(prompt.footnote) for found in mentions(one["text"]))


READABLE = st.characters(
    exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\u202a\u202b\u202c\u202d\u202e"
)


@given(st.text(READABLE, max_size=40))
def test_a_reader_sees_the_same_words(words: str) -> None:
    words = unicodedata.normalize("NFC", words)
    assume(not set(words) & set("\u2066\u2067\u2068\u2069"))
    shown = render.message(made(title="It says", lines=(f"“{words}”",)), PRIVATE, TOKENS)
    assert shown.blocks[1] == {"type": "section", "text": mrkdwn.plain(f"“{words}”")}
    assert plain(shown.text) == f"It says\n“{words}”"


@pytest.mark.parametrize(
    "title", ["a *b* c", "snake_case and_more", "~no~", "`ls`", "well :tada: done", "> so", "two\nlines"]
)
def test_a_title_in_which_slack_would_read_marks_is_plain(title: str) -> None:
    section, _ = render.message(made(title=title, lines=("x",)), PRIVATE, TOKENS).blocks
    assert section["text"] == {"type": "plain_text", "text": title, "emoji": False}


def test_a_title_is_bold_and_escaped() -> None:
    section, _ = render.message(made(title="A & B: <!here>?", lines=("x",)), PRIVATE, TOKENS).blocks
    assert section["text"] == {"type": "mrkdwn", "text": "*A &amp; B: &lt;!here&gt;?*", "verbatim": True}


@pytest.mark.parametrize(
    ("footnote", "shown"),
    [
        ("Privacy: https://a.example/x_y?a=1&b=2.", "Privacy: <https://a.example/x_y?a=1&amp;b=2>."),
        ("Of <A & B>: https://a.example", "Of &lt;A &amp; B&gt;: <https://a.example>"),
        ("A *B* C: https://a.example", None),
        ("No address", None),
    ],
)
def test_an_address_in_the_footnote_can_be_followed(footnote: str, shown: str | None) -> None:
    _, note = render.message(made(title="x", footnote=footnote), PRIVATE, TOKENS).blocks
    (text,) = note["elements"]
    assert (text["type"], text["text"]) == (("plain_text", footnote) if shown is None else ("mrkdwn", shown))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/survey · Ask a customer", "/survey · Ask a customer"),
        ("/join 7k3m-q0xv-2hta", "/survey join 7k3m-q0xv-2hta"),
        ("Write /invite staff or /invite owner.", "Write /survey invite staff or /survey invite owner."),
        ("/survey help", "/survey help"),
        ("/survey /help", "/survey /help"),
        ("Invite the bot: /invite @pulssi", "Invite the bot: /invite @pulssi"),
        ("/sudo and/stop https://a.example/help /helpful", "/sudo and/stop https://a.example/help /helpful"),
    ],
)
def test_our_own_commands_are_told_as_slack_has_them(line: str, shown: str) -> None:
    told = Prompt(PromptKind.INFO, "en", title="What you can do", lines=(line,))
    assert render.message(told, PRIVATE, TOKENS).text == f"What you can do\n{shown}"
    quoted = replace(told, kind=PromptKind.KEPT)
    assert render.message(quoted, PRIVATE, TOKENS).text == f"What you can do\n{line}"


@pytest.mark.parametrize("name", sorted(NEEDED_ROLE.keys() - {"survey"}))
def test_every_command_of_ours_stands_behind_the_one_that_slack_has(name: str) -> None:
    told = Prompt(PromptKind.INFO, "en", lines=(f"/{name}",))
    assert render.message(told, PRIVATE, TOKENS).text == f"/survey {name}"


def test_whom_it_is_for_is_mentioned_where_others_read() -> None:
    prompt = made(title="How was it?", for_whom="Mikko <3")
    shown = render.message(prompt, CHANNEL, TOKENS)
    assert shown.blocks[0]["text"]["text"] == "<@U0MIKKO>"
    assert shown.text == "Mikko &lt;3\nHow was it?"
    for elsewhere in (PRIVATE, OPEN_CALL):
        assert render.message(prompt, elsewhere, TOKENS).blocks[0]["text"] == mrkdwn.plain("Mikko <3")


def buttons(shown: Rendered) -> list[list[dict[str, Any]]]:
    return [block["elements"] for block in shown.blocks if block["type"] == "actions"]


@pytest.mark.parametrize(("low", "high"), [(1, 5), (1, 7), (0, 10)])
def test_all_scores_stand_in_one_block_and_none_is_chosen(low: int, high: int) -> None:
    shown = render.message(made(title="x", scale=scale(low, high)), PRIVATE, TOKENS)
    (row,) = buttons(shown)
    token = TOKENS.issue("invitation", "inv1")
    assert row == [
        {"type": "button", "text": mrkdwn.plain(str(score)), "action_id": f"s:{score}", "value": token,
         "accessibility_label": f"{score} of {high}"}
        for score in Scale(low, high).scores
    ]  # fmt: skip


def test_words_are_written_behind_a_button_where_they_cannot_be_typed() -> None:
    prompt = made(
        title="Thanks", lines=("Why?",), words_wanted="Write it here.", buttons=(Button(Action.CHANGE, "Change"),)
    )
    for address, alone, written in ((PRIVATE, False, False), (PRIVATE, True, True), (CHANNEL, False, True)):
        shown = render.message(prompt, address, TOKENS, alone=alone)
        assert ("Write it here." not in shown.text) is written
        ids = [key["action_id"] for key in buttons(shown)[0]]
        assert ids == (["write", "change"] if written else ["change"])


def test_what_a_press_sends_names_the_action_and_the_invitation() -> None:
    prompt = made(
        buttons=(
            Button(Action.DELETE, "x", danger=True),
            Button(Action.STOP, "y", danger=True),
            Button(Action.MENU, "m", value="v:1"),
            Button(Action.FORM, "f"),
        )
    )
    (row,) = buttons(render.message(prompt, PRIVATE, TOKENS))
    token = TOKENS.issue("invitation", "inv1")
    assert [(key["action_id"], key["value"], key.get("style")) for key in row] == [
        ("delete", token, "danger"), ("stop", token, None), ("m:2", "v:1", None), ("form", "form", None)
    ]  # fmt: skip


def test_many_buttons_stand_in_several_blocks() -> None:
    many = tuple(Button(Action.MENU, "L" * 90, value=f"v:{number}") for number in range(60))
    shown = render.message(made(buttons=many), PRIVATE, TOKENS)
    check(shown)
    assert [len(row) for row in buttons(shown)] == [25, 25, 10]
    assert buttons(shown)[0][0]["text"]["text"] == f"{'L' * 74}…"


def test_every_button_is_bound() -> None:
    real = replace(made(scale=scale(0, 10)), invitation=RandomIds().new())
    check(render.message(real, PRIVATE, TOKENS))
    with pytest.raises(ValueError, match="2001 characters; Slack keeps 2000"):
        render.message(made(buttons=(Button(Action.MENU, "x", value="v" * 2001),)), PRIVATE, TOKENS)
    with pytest.raises(ValueError, match="bound to nothing"):
        render.message(replace(made(), invitation="", buttons=(Button(Action.STOP, "x"),)), PRIVATE, TOKENS)


LONG = st.sampled_from(["word ", "a", "😀", "@b ", "&", "\n", "x" * 200, " ", "“", ""])


@settings(max_examples=60)
@given(st.lists(st.tuples(LONG, st.integers(1, 5000)), max_size=5), st.booleans())
def test_whatever_the_length_slack_takes_it(long: list[tuple[str, int]], scored: bool) -> None:
    lines = tuple((piece * times)[:9000] for piece, times in long)
    prompt = made(title="Title", footnote="Foot", lines=lines, scale=scale(0, 10) if scored else None)
    shown = render.message(prompt, PRIVATE, TOKENS)
    check(shown)
    assert shown.text.startswith("Title")
    assert shown.text.endswith("Foot")
    found = render.pages(prompt, PRIVATE, TOKENS)
    for page in found:
        check(page)
        assert page.text.strip()
    read = "".join(plain(page.text) for page in found)
    assert "".join(read.split()) == "".join(prompt.text.split())


@settings(max_examples=60)
@given(st.lists(st.tuples(LONG, st.integers(1, 3000)), min_size=6, max_size=6))
def test_whatever_is_long_slack_takes_it(long: list[tuple[str, int]]) -> None:
    header, title, low, words, foot, whom = ((piece * times)[:9000] for piece, times in long)
    prompt = made(
        header=header, title=title, scale=replace(scale(0, 10), low_end=low), words_wanted=words, footnote=foot,
        for_whom=whom,
    )  # fmt: skip
    for page in (render.message(prompt, PRIVATE, TOKENS), *render.pages(prompt, PRIVATE, TOKENS)):
        check(page)


def test_very_many_short_paragraphs_fit() -> None:
    lines = tuple(word for number in range(900) for word in (str(number), ""))
    for shown in (
        render.message(made(title="T", lines=lines), PRIVATE, TOKENS),
        *render.pages(made(title="T", lines=lines), PRIVATE, TOKENS),
    ):
        check(shown)


def test_pages_break_between_lines_and_the_last_has_the_buttons() -> None:
    lines = tuple(f"{n:04} {'x' * 95}" for n in range(100))
    found = render.pages(
        made(title="List", lines=lines, scale=scale(1, 5), buttons=(Button(Action.STOP, "S"),)), PRIVATE, TOKENS
    )
    assert [len(buttons(page)) for page in found] == [0, 0, 2]
    read = [line for page in found for line in page.text.split("\n")]
    assert read == ["List", *lines, "1 = bad · 5 = good"]


def test_an_edit_shortens_only_the_longest() -> None:
    prompt = made(title="T" * 50, header="Acme asks", lines=("a" * 3000, "short", "b" * 3000), footnote="f" * 100)
    title, header, first, middle, last, _, foot = render.message(prompt, PRIVATE, TOKENS).text.split("\n")
    assert (header, middle, title, foot) == ("Acme asks", "short", "T" * 50, "f" * 100)
    assert len(first) == len(last) < 2000
    assert first.endswith("a…")
    assert last.endswith("b…")


def test_lines_that_belong_together_share_a_section() -> None:
    summary = Prompt(PromptKind.SUMMARY, "en", title="Week 47", lines=("CSAT", "NPS", "", "Funnel"))
    shown = render.message(summary, OPEN_CALL, TOKENS)
    assert [(block["type"], block["text"]["text"]) for block in shown.blocks] == [
        ("header", "Week 47"), ("section", "CSAT\nNPS"), ("section", "Funnel")
    ]  # fmt: skip
    long = render.message(replace(summary, title="W" * 151), OPEN_CALL, TOKENS)
    assert long.blocks[0]["text"]["text"] == f"*{'W' * 151}*"


def test_an_empty_message_is_one_page() -> None:
    assert render.pages(made(title=" "), PRIVATE, TOKENS) == [Rendered("", [])]
    assert LONGEST < 4000
