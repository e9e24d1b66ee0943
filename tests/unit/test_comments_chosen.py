"""Which comments a message quotes: those that say most, on what moved first, and never the same words twice."""

from datetime import date

from bot.summary import Comment, Group, GroupWeek, SurveyWeek, Why, chosen, summarise
from bot.summary.comments import information
from bot.summary.making import Besides
from bot.surveys import BUILT_IN, Band
from bot.values import replace
from tests.unit.summary_cases import EDITION, FUNNEL, share

CSAT, CES, NPS, OPEN = BUILT_IN
SURVEYS = {"csat": CSAT, "open": OPEN}


def said(text: str, score: int | None, team: str | None = None, tags: tuple[str, ...] = ()) -> Comment:
    slug, highest = ("open", None) if score is None else ("csat", 5)
    return Comment(text, slug, score, highest, date(2026, 11, 17), team=team, tags=tags)


def texts(comments: tuple[Comment, ...]) -> list[tuple[Why | None, str]]:
    return [(comment.why, comment.text) for comment in comments]


def found(
    comments: list[Comment], now: dict[int, int], before: dict[int, int], *groups: GroupWeek
) -> list[tuple[Why | None, str]]:
    week = SurveyWeek(CSAT, now, before)
    return texts(summarise(EDITION, [week], FUNNEL, comments, Besides(groups=groups)).comments)


BILL, PARCEL = (
    said("The bill was wrong again", 1, team="Billing"),
    said("My parcel got wet in the rain", 1, team="Delivery"),
)
HELP = said("Anna explained the new contract well", 5, team="Billing", tags=("contract",))
BILLING = GroupWeek("csat", Group("team", "Billing"), share(20, 100), share(80, 100))
CONTRACT = GroupWeek("csat", Group("tag", "contract"), share(90, 100), share(30, 100))
STEADY = share(60, 400), share(60, 400)


def test_what_says_most_stands_and_of_equals_the_newest() -> None:
    assert [information(text) for text in ("ok", "so so so", "good good", "it was not good", "a " * 50)] == [
        0,
        0,
        1,
        3,
        0,
    ]
    assert information("ä" * 3 + " " + " ".join(f"sana{chr(97 + n)}" for n in range(26))) == 25
    comments = [said("bad bad bad bad", 1), said("slow answer", 1), said("late parcel", 2), said("fine", 5)]
    assert texts(chosen(comments, SURVEYS)) == [(Why.BAD, "late parcel"), (Why.OTHER, "slow answer")]


def test_a_single_word_is_quoted_only_of_a_low_score() -> None:
    assert texts(chosen([said("Awful", 1), said("Great", 5), said("Fine", 3)], SURVEYS)) == [(Why.BAD, "Awful")]


def test_words_of_an_open_question_may_be_the_third() -> None:
    assert texts(chosen([said("Longer opening hours", None)], SURVEYS)) == [(Why.OTHER, "Longer opening hours")]


def test_a_comment_on_the_group_that_got_worse_comes_first() -> None:
    comments = [BILL, PARCEL, HELP]
    assert found(comments, *STEADY, BILLING, CONTRACT) == [
        (Why.MOVED, BILL.text), (Why.BAD, PARCEL.text), (Why.GOOD, HELP.text),
    ]  # fmt: skip
    assert found(comments, *STEADY, CONTRACT) == [
        (Why.MOVED, HELP.text), (Why.BAD, PARCEL.text), (Why.OTHER, BILL.text),
    ]  # fmt: skip
    assert found(comments, *STEADY) == [(Why.BAD, PARCEL.text), (Why.GOOD, HELP.text), (Why.OTHER, BILL.text)]


def test_a_comment_on_the_survey_that_moved_stands_in_for_a_group() -> None:
    assert found([BILL, HELP], share(50, 400), share(70, 400)) == [(Why.MOVED, BILL.text), (Why.GOOD, HELP.text)]
    assert found([BILL, HELP], share(70, 400), share(50, 400)) == [(Why.MOVED, HELP.text), (Why.BAD, BILL.text)]


def test_the_same_words_stand_once() -> None:
    twice = [said("Nobody called me back", 1), said("Nobody called me back", 5), said("Nobody called me back", 2)]
    assert texts(chosen(twice, SURVEYS)) == [(Why.BAD, "Nobody called me back")]


def test_an_open_question_alone_fills_all_three_places() -> None:
    words = ("Longer opening hours please", "More staff please", "A nearer stop", "Cheaper parcels")
    assert texts(chosen([said(one, None) for one in words], SURVEYS)) == [
        (Why.OTHER, words[0]), (Why.OTHER, words[1]), (Why.OTHER, words[3]),
    ]  # fmt: skip


def test_the_band_is_that_of_the_version_that_was_answered() -> None:
    """5 of 10 is neither low nor high, though 5 is the best score of the newest version."""
    middle = replace(said("It took them two days", 5), highest=10, band=Band.MIDDLE)
    low = replace(said("Nobody ever called me back", 4), highest=10, band=Band.LOW)
    assert texts(chosen([middle, low], SURVEYS)) == [(Why.BAD, low.text), (Why.OTHER, middle.text)]
    assert texts(chosen([low], {})) == [(Why.BAD, low.text)]
