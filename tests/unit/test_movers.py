"""Who moved and who is silent: what is compared, what is said, and in which order."""

from bot.summary import Cohort, Group, GroupWeek, Segment, SurveyWeek, told
from bot.summary.movers import movers, silences
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey
from bot.weeks import Week
from tests.unit.summary_cases import share

CSAT, CES, NPS, _ = BUILT_IN
EFFORT = Survey("effort", Kind.CES, Scale(1, 5), good=(1, 2), bad=(4, 5), direction=Direction.LOWER)
WHOLE = {"csat": SurveyWeek(CSAT, share(70, 1000), share(70, 1000))}


def group(
    key: str, now: dict[int, int], before: dict[int, int], dimension: str = "team", slug: str = "csat"
) -> GroupWeek:
    return GroupWeek(slug, Group(dimension, key), now, before)


def test_only_clear_changes_with_ten_answers_in_both_weeks_are_named() -> None:
    found, compared = movers(
        WHOLE,
        [
            group("billing", share(30, 100), share(70, 100)),
            group("small", share(0, 9), share(100, 90)),
            group("new", share(90, 90), {}),
            group("steady", share(50, 100), share(50, 100)),
            group("delivery", share(90, 200), share(60, 200)),
        ],
    )
    assert [(one.group.key, one.better) for one in found] == [("delivery", True), ("billing", False)]
    assert compared == 3
    assert (found[1].figure.value, found[1].low) == (30.0, 70)


def test_all_groups_of_all_surveys_and_dimensions_are_one_family() -> None:
    one = group("one", share(80, 200), share(71, 200))
    assert [mover.group.key for mover in movers(WHOLE, [one])[0]] == ["one"]
    weeks = WHOLE | {"nps": SurveyWeek(NPS, {10: 90, 0: 90}, {10: 90, 0: 91})}
    others = [group(f"tag {n}", share(50, 100), share(50, 100), "tag") for n in range(3)]
    crowd = [one, *others, group("agent", {10: 50, 0: 50}, {10: 50, 0: 50}, "agent", "nps")]
    assert movers(weeks, crowd) == ((), 5)


def test_a_group_that_is_everybody_is_none_and_without_an_earlier_week_there_is_none() -> None:
    weeks = {"csat": SurveyWeek(CSAT, share(30, 100), share(70, 100))}
    assert movers(weeks, [group("webchat", share(30, 100), share(70, 100), "channel")]) == ((), 0)
    weeks = {"csat": SurveyWeek(CSAT, share(30, 200), None)}
    assert movers(weeks, [group("billing", share(30, 100), share(70, 100))]) == ((), 0)
    assert movers({}, [group("billing", share(30, 100), share(70, 100))]) == ((), 0)


def test_effort_that_falls_is_better_and_ease_that_falls_is_worse() -> None:
    weeks = {survey.slug: SurveyWeek(survey, {1: 90, 5: 90}, {1: 80, 5: 90}) for survey in (EFFORT, CES)}
    fell = [group("a", {1: 60, 5: 5}, {1: 20, 5: 60}, slug=slug) for slug in weeks]
    found = {one.survey.slug: (one.better, one.low) for one in movers(weeks, fell)[0]}
    assert found == {"effort": (True, 5), "ces": (False, 60)}


def test_trouble_and_praise_share_the_lines() -> None:
    falls = [group(f"down {n}", share(20, 100), share(80 + n, 100)) for n in range(6)]
    rise = group("up", share(80, 100), share(50, 100))
    found, _ = movers(WHOLE, [*falls, rise])
    assert len(found) == 7
    spoken = [one.group.key for one in told(found)]
    assert (len(spoken), "up" in spoken) == (4, True)
    rises = [group(f"up {n}", share(80 + n, 100), share(20, 100)) for n in range(6)]
    both = [one.better for one in told(movers(WHOLE, [*falls, *rises])[0])]
    assert sorted(both) == [False, False, True, True]


def test_what_tells_the_same_story_in_two_dimensions_speaks_once() -> None:
    twice = [group("billing", share(20, 100), share(80, 100), name) for name in ("touchpoint", "team")]
    found, _ = movers(WHOLE, twice)
    assert len(found) == 2
    assert [one.group.dimension for one in told(found)] == ["team"]
    siblings = [group(key, share(20, 100), share(80, 100)) for key in ("billing", "support")]
    assert len(told(movers(WHOLE, siblings)[0])) == 2


def cohort(*segments: tuple[str, int, int], delivered: int = 600, answered: int = 300) -> Cohort:
    return Cohort(Week(2026, 43), delivered, answered, [Segment(Group("team", key), n, k) for key, n, k in segments])


def test_a_segment_is_silent_only_where_it_is_clearly_lower_than_the_rest() -> None:
    [one] = silences(cohort(("billing", 100, 20), ("support", 300, 150), ("delivery", 200, 130)))
    assert (one.group.key, one.figure.value, one.figure.n, one.rest.value, one.rest.n) == (
        "billing",
        20.0,
        100,
        56.0,
        500,
    )
    assert silences(None) == ()


def test_a_segment_needs_thirty_delivered_and_so_do_the_others() -> None:
    assert silences(cohort(("small", 29, 0))) == ()
    assert [one.group.key for one in silences(cohort(("enough", 30, 0)))] == ["enough"]
    assert silences(cohort(("nearly all", 571, 271))) == ()


def test_the_two_most_silent_are_named() -> None:
    found = silences(cohort(("a", 100, 20), ("b", 100, 10), ("c", 100, 15), ("d", 300, 255)))
    assert [one.group.key for one in found] == ["b", "c"]


def test_of_nearly_the_same_answers_the_team_speaks() -> None:
    tag = group("refund", share(20, 100), share(80, 100), "tag")
    team = group("billing", share(20, 99), share(80, 99))
    found, _ = movers(WHOLE, [tag, team])
    assert [one.group.key for one in found] == ["refund", "billing"]
    assert [one.group.key for one in told(found)] == ["billing"]
    larger = group("billing", share(20, 120), share(80, 120))
    assert len(told(movers(WHOLE, [tag, larger])[0])) == 2
    other_way = group("shop", share(80, 100), share(20, 100), "touchpoint")
    assert len(told(movers(WHOLE, [tag, other_way])[0])) == 2


def test_two_tags_that_are_always_together_speak_once() -> None:
    tags = [group(key, share(20, 100), share(80, 100), "tag") for key in ("refund", "vat")]
    assert [one.group.key for one in told(movers(WHOLE, tags)[0])] == ["refund"]
    apart = [tags[0], group("vat", share(21, 100), share(80, 100), "tag")]
    assert len(told(movers(WHOLE, apart)[0])) == 2


def test_of_a_tie_the_team_comes_first() -> None:
    tied = [group("a", share(80, 100), share(20, 100), name) for name in ("tag", "channel", "agent", "team")]
    found, _ = movers(WHOLE, tied)
    assert [one.group.dimension for one in found] == ["team", "agent", "channel", "tag"]


def test_a_silence_in_two_dimensions_is_told_once() -> None:
    groups = [Group(name, "A") for name in ("channel", "tag", "team", "touchpoint")]
    segments = [Segment(one, 100, 20) for one in (*groups, Group("tag", "B"))]
    assert [one.group for one in silences(Cohort(Week(2026, 43), 600, 300, segments))] == [Group("team", "A")]
    siblings = [Segment(Group("team", key), 100, 20) for key in ("A", "B")]
    assert len(silences(Cohort(Week(2026, 43), 600, 300, siblings))) == 2
