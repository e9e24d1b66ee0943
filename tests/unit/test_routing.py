"""Where words without a token go: to the question they answer, or nowhere."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import advance
from bot.events import (
    ChangeWanted,
    CommentWithdrawn,
    CommentWritten,
    OptedIn,
    OptedOut,
    ScoreChosen,
    TextWritten,
)
from bot.invitation import Answer, Invitation, Part, State
from bot.routing import Route, number, route
from tests.builders import NOON, at, make_answered, make_invitation

INSTANT = timedelta(microseconds=1)
SOON = at(1)


def said(text: str, *invitations: Invitation, now: datetime = SOON, **more: Any) -> Route | None:
    """Where this text goes in a private chat."""
    private = more.pop("private", True)
    return route(TextWritten(text, message="m9", **more), invitations, now, private=private)


def comment(text: str, invitation: Invitation) -> Route:
    return Route(CommentWritten(text, "m9"), invitation.id)


@pytest.mark.parametrize(
    ("survey", "text", "score"),
    [
        ("nps", "0", 0), ("nps", "10", 10), ("nps", "11", None), ("nps", "-1", None), ("nps", "00", 0),
        ("nps", "010", None),
        ("csat", "5", 5), ("csat", "0", None), ("csat", "6", None), ("csat", "5 stars", None), ("csat", "5!", None),
        ("csat", "4.5", None), ("csat", "4,5", None), ("csat", "+4", None), ("csat", "4/5", None), ("csat", "", None),
        ("csat", "\uff13", None), ("csat", "²", None), ("csat", "٣", None), ("csat", "④", None), ("csat", "Ⅳ", None),
        ("csat", "five", None), ("csat", "1_0", None), ("nps", "1" * 5000, None), ("open", "5", None),
    ],
)  # fmt: skip
def test_bare_number(survey: str, text: str, score: int | None) -> None:
    assert number(text, make_invitation(survey)) == score


@given(st.text(max_size=6), st.sampled_from(["csat", "ces", "nps", "open"]))
def test_number_is_within_the_scale_or_none(text: str, survey: str) -> None:
    found, scale = number(text, make_invitation(survey)), make_invitation(survey).survey.scale
    assert found is None or (scale is not None and found in scale and text.isascii() and int(text) == found)


@pytest.mark.parametrize("text", ["hello Anna", "5 stars", "\uff13", "6", "thanks", "/help", "👍"])
def test_talk_beside_an_unanswered_question_is_nobodys(text: str) -> None:
    assert said(text, make_invitation()) is None


def test_number_answers_the_newest_open_question() -> None:
    old = make_invitation("csat", id="old")
    new = make_invitation("nps", id="new", sent_at=at(5))
    for order in ((old, new), (new, old)):
        assert said("4", *order, now=at(6)) == Route(ScoreChosen(4), "new")
        assert said("hello", *order, now=at(6)) is None


def test_number_outside_the_newest_scale_does_not_fall_through_to_an_older_question() -> None:
    old = make_invitation("nps", id="old")
    new = make_invitation("csat", id="new", sent_at=at(5))
    assert said("9", old, new, now=at(6)) is None


@pytest.mark.parametrize(
    "state", [State.SCHEDULED, State.CANCELLED, State.SUPPRESSED, State.FAILED, State.EXPIRED, State.CLOSED]
)
def test_unquoted_number_needs_an_open_question(state: State) -> None:
    assert said("4", make_invitation(state=state)) is None


@pytest.mark.parametrize("quoted", [True, False])
def test_number_during_a_change_is_the_new_score(quoted: bool) -> None:
    changing = advance(make_answered(2), ChangeWanted(), at(60)).invitation
    more = {"replies_to": changing.id} if quoted else {}
    assert said("5", changing, now=at(90), **more) == Route(ScoreChosen(5), changing.id)
    changed = advance(changing, ScoreChosen(5), at(90)).invitation
    assert said("5", changed, now=at(91), **more) == comment("5", changed)


@pytest.mark.parametrize(
    ("minutes", "instant", "kept"), [(0, 0, True), (30, 0, True), (30, 1, False), (31, 0, False), (60 * 24, 0, False)]
)
def test_thirty_minutes_after_the_tap(minutes: int, instant: int, kept: bool) -> None:
    answered = make_answered(2)
    expected = comment("too slow", answered) if kept else None
    assert said(" too slow\n", answered, now=at(minutes) + instant * INSTANT) == expected


@pytest.mark.parametrize(("minutes", "instant", "kept"), [(10, 0, True), (10, 1, False), (29, 0, False)])
def test_ten_minutes_after_the_last_words(minutes: int, instant: int, kept: bool) -> None:
    answered = make_answered(2, ["too slow"])
    expected = comment("and rude", answered) if kept else None
    assert said("and rude", answered, now=at(minutes) + instant * INSTANT) == expected


def test_words_after_a_late_first_comment_still_have_ten_minutes() -> None:
    written = advance(make_answered(2), CommentWritten("slow", "m1"), at(29)).invitation
    assert said("and rude", written, now=at(39)) == comment("and rude", written)
    assert said("and rude", written, now=at(39) + INSTANT) is None


def test_changed_score_asks_again_and_listens_again() -> None:
    changed = advance(make_answered(2, ["slow"]), ScoreChosen(4), at(60)).invitation
    assert said("but kind", changed, now=at(90)) == comment("but kind", changed)
    assert said("but kind", changed, now=at(90) + INSTANT) is None


def test_words_taken_back_begin_no_new_half_hour() -> None:
    written = advance(make_answered(2), CommentWritten("hi Anna", "m1"), at(20)).invitation
    back = advance(written, CommentWithdrawn(), at(21)).invitation
    assert said("still there?", back, now=at(31)) is None


@pytest.mark.parametrize("ticked", [State.CLOSED, State.EXPIRED, State.CANCELLED])
def test_unquoted_words_need_a_running_answer(ticked: State) -> None:
    assert said("hello", make_answered(2, state=ticked)) is None


def test_text_after_another_question_is_not_swallowed() -> None:
    answered = make_answered(2, id="answered")
    newer = make_invitation("nps", id="newer", sent_at=at(5))
    assert said("hello", answered, now=at(6)) == comment("hello", answered)
    assert said("hello", answered, newer, now=at(6)) is None
    assert said("hello", newer, answered, now=at(6)) is None
    quoted = said("hello", newer, answered, now=at(6), replies_to="answered")
    assert quoted == comment("hello", answered)


@pytest.mark.parametrize("state", [State.SENT, State.CANCELLED, State.EXPIRED])
def test_any_other_message_since_the_tap_counts(state: State) -> None:
    other = make_invitation("nps", state, id="other", sent_at=at(2))
    assert said("hello", make_answered(2), other, now=at(3)) is None


@pytest.mark.parametrize("state", [State.SCHEDULED, State.SUPPRESSED, State.FAILED])
def test_what_never_reached_the_person_is_no_message(state: State) -> None:
    answered, other = make_answered(2), make_invitation("nps", state, id="other")
    assert said("hello", answered, other, now=at(3)) == comment("hello", answered)


@pytest.mark.parametrize("sent_at", [at(-60), NOON])
def test_question_from_before_the_tap_does_not_hold_the_words_back(sent_at: datetime) -> None:
    earlier = make_invitation("nps", id="earlier", sent_at=sent_at)
    answered = make_answered(2)
    assert said("too slow", earlier, answered) == comment("too slow", answered)


def test_two_answers_words_belong_to_the_last_tap() -> None:
    first = make_answered(2, id="first")
    second = make_invitation("nps", id="second", sent_at=at(1))
    second = advance(second, ScoreChosen(9), at(5)).invitation
    assert said("why", first, second, now=at(6)) == comment("why", second)
    first = advance(first, ScoreChosen(4), at(10)).invitation
    assert said("why", first, second, now=at(11)) == comment("why", first)


@pytest.mark.parametrize(("minutes", "instant", "kept"), [(30, 0, True), (30, 1, False)])
def test_open_question_takes_words_for_thirty_minutes(minutes: int, instant: int, kept: bool) -> None:
    asked = make_invitation("open")
    expected = comment("more people", asked) if kept else None
    assert said("more people", asked, now=at(minutes) + instant * INSTANT) == expected


def test_number_is_words_to_an_open_question() -> None:
    asked = make_invitation("open", sent_at=at(5), id="open")
    assert said("5", make_invitation("csat"), asked, now=at(6)) == comment("5", asked)


@pytest.mark.parametrize("state", [State.SENT, State.SCHEDULED, State.FAILED])
def test_quoted_number_answers_what_it_quotes(state: State) -> None:
    asked = make_invitation("nps", state, id="asked")
    newer = make_invitation("csat", id="newer", sent_at=at(5))
    assert said("0", asked, newer, now=at(6), replies_to="asked") == Route(ScoreChosen(0), "asked")


@pytest.mark.parametrize("state", [State.SCHEDULED, State.FAILED])
@pytest.mark.parametrize("reason", ["no_consent", "opted_out"])
@pytest.mark.parametrize("text", ["5", "words"])
def test_a_question_that_waits_for_a_yes_takes_no_answer(state: State, reason: str, text: str) -> None:
    held = make_invitation("csat", state, id="held", reason=reason)
    assert said(text, held, replies_to="held") is None
    assert said(text, held) is None
    assert said("stop", held, replies_to="held", private=False) == Route(OptedOut())


@pytest.mark.parametrize("state", [State.EXPIRED, State.CLOSED, State.ANSWERED])
@pytest.mark.parametrize("text", ["sorry, late", "5"])
def test_quoted_late_words_are_words(state: State, text: str) -> None:
    late = make_answered(2, state=state)
    assert said(text, late, now=at(days=20), replies_to=late.id) == comment(text, late)


@pytest.mark.parametrize("private", [True, False])
def test_reply_to_somebody_elses_question_is_nobodys(private: bool) -> None:
    mine = make_answered(2)
    assert said("hello", mine, replies_to="another", private=private) is None
    assert said("3", make_invitation(), replies_to="another", private=private) is None


@pytest.mark.parametrize("text", ["4", "too slow", "stop", "lopeta", "/start", "start"])
@pytest.mark.parametrize("invitation", [make_invitation(), make_answered(2), make_invitation("open")])
def test_in_groups_only_a_reply_counts(text: str, invitation: Invitation) -> None:
    assert said(text, invitation, private=False) is None
    assert said(text, invitation, private=False, replies_to=invitation.id) is not None


STOPS = ["stop", "/stop", "lopeta", "stopp", "sluta"]


@pytest.mark.parametrize("word", STOPS)
@pytest.mark.parametrize("form", ["{}", " {} ", "{}!", "{}.", "{}!!!", "{} !", "'{}'", "{}…", "\n{}?\n"])
@pytest.mark.parametrize("change", [str.lower, str.upper, str.capitalize])
def test_stop_words(word: str, form: str, change: Any) -> None:
    text = form.format(change(word))
    assert said(text) == Route(OptedOut())
    assert said(text, make_answered(2), make_invitation("open", id="open")) == Route(OptedOut())
    asked = make_invitation()
    assert said(text, asked, replies_to=asked.id, private=False) == Route(OptedOut())


@pytest.mark.parametrize(
    "text", ["stop it", "please stop", "don't stop", "stopping", "pysäytä", "älä lopeta", "s t o p"]
)
def test_sentences_with_a_stop_word_are_words(text: str) -> None:
    answered = make_answered(2)
    assert said(text, answered) == comment(text, answered)


@pytest.mark.parametrize("text", ["start", "/start", "START!", " Start. "])
def test_start_words_only_in_private(text: str) -> None:
    assert said(text) == Route(OptedIn())
    assert said(text, private=False) is None


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_said_goes_nowhere(text: str) -> None:
    assert said(text, make_answered(2), make_invitation("open", id="open")) is None


def test_half_answered_or_deleted_is_not_an_answer() -> None:
    half = make_invitation(answer=Answer(parts=(Part("well", NOON),)))
    gone = make_answered(None, state=State.CLOSED, answer=Answer(first_at=NOON, deleted_at=NOON))
    assert said("hello", half) is None
    assert said("hello", gone) is None
