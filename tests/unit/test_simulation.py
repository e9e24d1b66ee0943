"""What the message calls clear, in thousands of made-up weeks: seldom where there is chance alone, mostly where not."""

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import pytest

from bot.scoring import pooled
from bot.summary import Cohort, Edition, Funnel, Group, GroupWeek, Segment, Summary, SurveyWeek, summarise
from bot.summary.course import courses
from bot.summary.making import Besides
from bot.summary.movers import silences
from bot.surveys import BUILT_IN, Survey
from bot.trends import Verdict
from bot.weeks import Week

CSAT, CES, NPS, _ = BUILT_IN
REAL = Verdict.REAL
ALPHA = 0.05
SURE = 3  # standard errors that a share may lie beyond its bound: one sound run in 700 would fail
EDITION = Edition(workspace="default", business="Acme", week=Week(2026, 47), timezone="Europe/Helsinki")
Habit = tuple[Survey, Mapping[int, int]]  # a survey and the weights of its scores
HABITS: Sequence[Habit] = (
    (CSAT, {5: 45, 4: 35, 3: 10, 2: 5, 1: 5}),
    (NPS, {10: 25, 9: 20, 8: 20, 7: 10, 5: 15, 2: 10}),
    (CES, {7: 30, 6: 25, 5: 20, 4: 10, 3: 10, 1: 5}),
)
SMALL, LARGE = 10, 1000


class Chance:
    """Draws answers; the same at each run."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # a simulation, not a secret

    def answers(self, weights: Mapping[int, int], n: int) -> Counter[int]:
        return Counter(self._random.choices(list(weights), list(weights.values()), k=n))

    def size(self, low: int = SMALL, high: int = LARGE) -> int:
        """As many small as large ones: every factor of ten is as likely."""
        return round(math.exp(self._random.uniform(math.log(low), math.log(high))))

    def binomial(self, n: int, percent: int) -> int:
        return self.answers({1: percent, 0: 100 - percent}, n)[1]


def share(happens: Callable[[Chance], bool], times: int, seed: int) -> float:
    chance = Chance(seed)
    return sum(happens(chance) for _ in range(times)) / times


def bound(times: int) -> float:
    return ALPHA + SURE * math.sqrt(ALPHA * (1 - ALPHA) / times)


def week(chance: Chance, size: Callable[[], int], habits: Sequence[Habit] = HABITS) -> list[SurveyWeek]:
    return [SurveyWeek(survey, chance.answers(w, size()), chance.answers(w, size())) for survey, w in habits]


def any_headline(summary: Summary) -> bool:
    return any(line.change.verdict is REAL for line in summary.scores)


@pytest.mark.parametrize("largest", [12, 40, LARGE])
def test_of_pure_noise_any_headline_is_called_clear_in_at_most_5_percent_of_weeks(largest: int) -> None:
    def false_alarm(chance: Chance) -> bool:
        return any_headline(summarise(EDITION, week(chance, lambda: chance.size(SMALL, largest)), Funnel()))

    assert share(false_alarm, 1500, seed=largest) <= bound(1500)


def test_a_fall_from_80_to_70_is_called_clear_in_at_least_80_percent_of_weeks() -> None:
    """CSAT at 400 answers a week, beside two surveys in which nothing happens."""

    def found(chance: Chance) -> bool:
        fallen = SurveyWeek(CSAT, chance.answers({5: 70, 2: 30}, 400), chance.answers({5: 80, 2: 20}, 400))
        csat, *_ = summarise(EDITION, [fallen, *week(chance, lambda: 400, HABITS[1:])], Funnel()).scores
        return csat.change.verdict is REAL and not csat.better

    assert share(found, 500, seed=8070) >= 0.8


def test_of_pure_noise_any_mover_is_named_in_at_most_5_percent_of_weeks() -> None:
    """Six teams, whose agents are groups as well: what overlaps makes the correction no weaker."""

    def false_alarm(chance: Chance) -> bool:
        surveys, groups = list[SurveyWeek](), list[GroupWeek]()
        for survey, weights in HABITS:
            agents = [tuple(chance.answers(weights, chance.size(5, 100)) for _ in range(2)) for _ in range(6)]
            teams = [[pooled(*pair) for pair in zip(*agents[n : n + 2], strict=True)] for n in (0, 2, 4)]
            for n, (now, before) in enumerate([*agents, *teams]):
                dimension = "agent" if n < len(agents) else "team"
                groups.append(GroupWeek(survey.slug, Group(dimension, str(n)), now, before))
            now, before = (pooled(*weeks) for weeks in zip(*teams, strict=True))
            surveys.append(SurveyWeek(survey, now, before))
        return bool(summarise(EDITION, surveys, Funnel(), (), Besides(groups=groups)).movers)

    assert share(false_alarm, 300, seed=6) <= bound(300)


@pytest.mark.parametrize("largest", [12, LARGE])
def test_of_pure_noise_any_course_is_called_clear_in_at_most_5_percent_of_weeks(largest: int) -> None:
    def false_alarm(chance: Chance) -> bool:
        histories = {
            survey.slug: (survey, [chance.answers(weights, chance.size(SMALL, largest)) for _ in range(12)])
            for survey, weights in HABITS
        }
        return any(one is not None and one.verdict is REAL for one in courses(histories).values())

    assert share(false_alarm, 600, seed=12 + largest) <= bound(600)


def test_a_slow_fall_is_mostly_found() -> None:
    """A CSAT that loses a point a week for twelve weeks, at 300 answers a week."""

    def found(chance: Chance) -> bool:
        weeks = [chance.answers({5: 85 - n, 2: 15 + n}, 300) for n in range(12)]
        drawn = courses({"csat": (CSAT, weeks)})["csat"]
        return drawn is not None and drawn.verdict is REAL and drawn.per_week < 0

    assert share(found, 200, seed=1) >= 0.8


def test_of_equal_segments_any_is_called_silent_in_at_most_5_percent_of_weeks() -> None:
    def false_alarm(chance: Chance) -> bool:
        reached = [chance.size(30, 300) for _ in range(6)]
        segments = [Segment(Group("team", str(n)), k, chance.binomial(k, 40)) for n, k in enumerate(reached)]
        whole = sum(one.delivered for one in segments), sum(one.answered for one in segments)
        return bool(silences(Cohort(Week(2026, 43), *whole, segments)))

    assert share(false_alarm, 600, seed=40) <= bound(600)


def test_a_segment_that_answers_half_as_often_is_mostly_found() -> None:
    def found(chance: Chance) -> bool:
        segments = [Segment(Group("team", "a"), 150, chance.binomial(150, 20))]
        segments += [Segment(Group("team", str(n)), 150, chance.binomial(150, 40)) for n in range(3)]
        whole = sum(one.delivered for one in segments), sum(one.answered for one in segments)
        return any(one.group.key == "a" for one in silences(Cohort(Week(2026, 43), *whole, segments)))

    assert share(found, 200, seed=20) >= 0.8
