"""A whole summary is what a slow count of the raw rows makes it, over random histories in a real store."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.invitation import Invitation
from bot.summary import to_json
from bot.weeks import Week
from storage.keys import Keyring
from tests.flows.histories import AGENTS, Shape, fill
from tests.flows.recount import Row, recount
from tests.world import TestClock, World, world

LAST = Week(2026, 12)
MONDAY = datetime(2026, 3, 23, 7, tzinfo=UTC)
SETTLED = Week(2026, 8)  # the newest whose questions, asked on Sunday and shown 14 days later, have all expired


def row_of(one: Invitation) -> Row:
    about, answer = one.interaction, one.answer
    kept = answer is not None and answer.deleted_at is None
    named = (("team", about.team), ("agent", about.agent), ("touchpoint", about.touchpoint), ("channel", one.channel))
    groups = {(dimension, key) for dimension, key in named if key} | {("tag", tag) for tag in about.tags}
    return Row(
        one.survey.slug, one.cohort_day, one.origin.value, one.state.value, one.reason, one.sent_at is not None,
        answer is not None and kept and answer.first_at is not None, answer is not None and answer.commented,
        answer.score if answer is not None and kept else None, answer.day if answer is not None else None,
        frozenset(groups), one.decided_at.date(),
    )  # fmt: skip


async def raw_rows(here: World) -> list[Row]:
    ids = [str(found) for (found,) in await here.rows("SELECT id FROM invitation")]
    async with here.store.reading() as uow:
        chunks = [await uow.invitations.load(ids[at : at + 500]) for at in range(0, len(ids), 500)]
    return [row_of(one) for chunk in chunks for one in chunk.values()]


async def both(folder: Path, shape: Shape, setting: str) -> tuple[dict[str, Any], dict[str, Any]]:
    url, keyring = f"sqlite+aiosqlite:///{folder / 'pulssi.db'}", Keyring(bytes(range(32)))
    async with world(url, keyring, clock=TestClock(MONDAY), delivers=False, agent_figures=setting) as here:
        await fill(here, LAST, shape)
        found = cast(dict[str, Any], to_json(await here.summaries.week("default", LAST)))
        slow = recount(await raw_rows(here), LAST.monday, SETTLED.monday, agents=setting == "owner")
    return found, slow


def near(found: float | None, slow: float | None, places: int) -> bool:
    if found is None or slow is None:
        return found is slow
    return abs(found - slow) <= 0.5 * math.pow(10, -places) + 1e-6


def compare(found: Mapping[str, Any], slow: Mapping[str, Any]) -> None:
    assert found["funnel"] == slow["funnel"]
    assert [one["survey"] for one in found["scores"]] == list(slow["scores"])
    for one in found["scores"]:
        compare_score(one, slow["scores"][one["survey"]], 2 if one["survey"] == "ces" else 1)
    assert [(m["survey"], m["by"], m["key"]) for m in found["movers"]] == by_p(slow["movers"])
    for one in found["movers"]:
        other, places = slow["movers"][one["survey"], one["by"], one["key"]], 2 if one["survey"] == "ces" else 1
        assert (one["n"], one["low"]) == (other["n"], other["low"])
        assert near(one["value"], other["value"], places)
        assert near(one["change"], other["change"], places)
    assert [(one["by"], one["key"]) for one in found["silent"]] == list(slow["silent"])
    for one in found["silent"]:
        other = slow["silent"][one["by"], one["key"]]
        assert near(one["response_rate"], other["rate"], 1)
        assert near(one["rest_response_rate"], other["rest"], 1)


def by_p(movers: Mapping[tuple[str, str, str], Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    ranks = ("team", "agent", "touchpoint", "channel", "tag")
    return sorted(movers, key=lambda key: (movers[key]["p"], key[0], ranks.index(key[1]), key[2]))


def compare_score(one: Mapping[str, Any], other: Mapping[str, Any], places: int) -> None:
    assert (one["n"], one["verdict"], one["histogram"]) == (other["n"], other["verdict"], other["histogram"]), one
    for name in ("value", "change"):
        assert near(one[name], other[name], places), (name, one, other)
    ends: Sequence[float | None] = one["interval"] or (None, None)
    assert all(near(a, b, places) for a, b in zip(ends, other["interval"] or (None, None), strict=True)), one
    assert all(near(a, b, places) for a, b in zip(one["weeks"], other["weeks"], strict=True))
    assert (one["course"] is None) == (other["course"] is None)
    if one["course"]:
        assert one["course"]["verdict"] == other["course"]["verdict"]
        assert near(one["course"]["per_week"], other["course"]["per_week"], places + 1)


shapes = st.builds(
    Shape,
    seed=st.integers(0, 2**32),
    few=st.integers(0, 40),
    many=st.integers(5, 60),
    busy=st.sampled_from([(0,), (0, 1), (0, 1, 4), (0, 1, 2, 3, 4)]),
    bad=st.sampled_from(["", *AGENTS]),
    quiet=st.sampled_from(["", "webchat"]),
)


@pytest.mark.timeout(120)
@settings(max_examples=6)
@given(shapes, st.sampled_from(["self", "owner"]))
def test_a_summary_is_what_a_slow_count_makes_it(shape: Shape, setting: str) -> None:
    with TemporaryDirectory() as folder:
        compare(*asyncio.run(both(Path(folder), shape, setting)))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("setting", ["self", "owner", "off"])
def test_a_week_with_all_parts_is_what_a_slow_count_makes_it(tmp_path: Path, setting: str) -> None:
    """Billing fell, the web chat is silent, and single agents are named only where the setting has it."""
    found, slow = asyncio.run(both(tmp_path, Shape(7, 30, 450, (0, 1, 4), "Billing", "webchat"), setting))
    compare(found, slow)
    named = {(one["by"], one["key"]) for one in found["movers"]}
    assert ("team", "Billing") in named
    assert ("team", "Delivery") not in named
    assert any(by == "agent" for by, _ in named) == (setting == "owner")
    assert [(one["by"], one["key"], one["week"]) for one in found["silent"]] == [("channel", "webchat", "2026-W08")]
    assert found["next"][0]["rule"] == "group_fell"
    assert all(one["course"] for one in found["scores"])
    assert date.fromisoformat(found["comments"][0]["day"]) >= LAST.monday
