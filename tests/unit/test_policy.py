"""May this person be asked? Every rule, and which one speaks first."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from bot.policy import Facts, Reason, Trigger, Verdict, verdict
from bot.values import replace
from tests.builders import NOON, at

FORTNIGHT = timedelta(days=14)
FREE = Facts(now=NOON)
HOLDS: dict[Reason, dict[str, Any]] = {
    Reason.NOT_A_MEMBER: {"may_ask": False},
    Reason.OPTED_OUT: {"opted_out_at": at(-60)},
    Reason.ALREADY_ASKED: {"same_ticket": "invitation-1"},
    Reason.OPEN_QUESTION: {"open_question": "invitation-2"},
    Reason.ASKED_RECENTLY: {"last_asked_at": at(-60)},
}
EVERYBODY = list(product(Trigger, [True, False]))


@pytest.mark.parametrize(("trigger", "anyway"), EVERYBODY)
@pytest.mark.parametrize("test", [True, False])
def test_nothing_in_the_way(trigger: Trigger, anyway: bool, test: bool) -> None:
    assert verdict(replace(FREE, trigger=trigger, anyway=anyway, test=test)) == Verdict(True)


@pytest.mark.parametrize(("trigger", "anyway"), EVERYBODY)
@pytest.mark.parametrize("reason", list(HOLDS)[:-1])
def test_rules_that_nobody_overrides(reason: Reason, trigger: Trigger, anyway: bool) -> None:
    assert verdict(replace(FREE, trigger=trigger, anyway=anyway, **HOLDS[reason])) == Verdict(False, reason)


@pytest.mark.parametrize("first", range(len(HOLDS)))
def test_strictest_rule_speaks_first(first: int) -> None:
    reasons = list(HOLDS)[first:]
    facts = replace(FREE, trigger=Trigger.AUTOMATIC)
    for reason in reversed(reasons):
        facts = replace(facts, **HOLDS[reason])
    assert verdict(facts).reason is reasons[0]
    assert not verdict(facts).ask


@pytest.mark.parametrize("reason", list(HOLDS))
def test_only_membership_and_the_opt_out_hold_back_a_test(reason: Reason) -> None:
    asked = verdict(replace(FREE, test=True, trigger=Trigger.AUTOMATIC, **HOLDS[reason]))
    assert asked == (Verdict(False, reason) if reason in {Reason.NOT_A_MEMBER, Reason.OPTED_OUT} else Verdict(True))


@pytest.mark.parametrize(
    ("trigger", "anyway", "expected"),
    [
        (Trigger.PERSON, False, Verdict(True, Reason.ASKED_RECENTLY)),
        (Trigger.PERSON, True, Verdict(True, Reason.ASKED_RECENTLY)),
        (Trigger.AUTOMATIC, True, Verdict(True, Reason.ASKED_RECENTLY)),
        (Trigger.AUTOMATIC, False, Verdict(False, Reason.ASKED_RECENTLY, at(-60) + FORTNIGHT)),
    ],
)
def test_cap_holds_back_programs_and_is_told_to_people(trigger: Trigger, anyway: bool, expected: Verdict) -> None:
    assert verdict(replace(FREE, trigger=trigger, anyway=anyway, last_asked_at=at(-60))) == expected


@pytest.mark.parametrize(
    ("ago", "cap", "ask"),
    [
        (FORTNIGHT, FORTNIGHT, True),
        (FORTNIGHT - timedelta(microseconds=1), FORTNIGHT, False),
        (timedelta(0), FORTNIGHT, False),
        (timedelta(0), timedelta(0), True),
        (timedelta(days=3), timedelta(days=2), True),
    ],
)
def test_edge_of_the_cap(ago: timedelta, cap: timedelta, ask: bool) -> None:
    found = verdict(replace(FREE, trigger=Trigger.AUTOMATIC, last_asked_at=NOON - ago, cap=cap))
    assert found.ask is ask
    assert found.not_before == (None if ask else NOON - ago + cap)


def test_who_asks_is_a_person_unless_said_otherwise() -> None:
    assert (FREE.trigger, FREE.anyway, FREE.test, FREE.cap) == (Trigger.PERSON, False, False, FORTNIGHT)
