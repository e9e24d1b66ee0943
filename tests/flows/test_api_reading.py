"""Reading over the HTTP API: answers page by page, figures, weeks; and forgetting a person."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from adapters.http.cursors import PURPOSE
from bot.events import CommentWritten, ScoreChosen
from tests.flows.api_server import PROBLEM, Api, problem, some_cursor


async def test_pages_of_answers_meet_each_once_in_order(both: Api) -> None:
    invitations = []
    for number in range(5):
        invitations.append(await both.answered(f"webchat:c{number}", 1 + number % 5, agent=f"Agent {number}"))
        both.clock.at += timedelta(seconds=number % 2)  # some at the same moment
    seen: list[dict[str, Any]] = []
    async for page in _pages(both, limit=2):
        assert len(page) <= 2
        seen += page
    assert sorted(one["id"] for one in seen) == sorted(invitations)
    assert [one["answered_at"] for one in seen] == sorted(one["answered_at"] for one in seen)
    assert {one["id"]: one["agent"] for one in seen} == {one: f"Agent {n}" for n, one in enumerate(invitations)}


async def _pages(api: Api, **query: Any) -> AsyncIterator[list[dict[str, Any]]]:
    cursor: dict[str, str] = {}
    for _ in range(10):
        answer = await api.client.get("/responses", params={**query, **cursor})
        assert answer.status_code == 200, answer.text
        yield answer.json()["responses"]
        if answer.json()["next"] is None:
            return
        cursor = {"cursor": answer.json()["next"]}
    raise AssertionError("the pages have no end")


async def test_an_answer_shows_its_words_and_how_it_changed(both: Api) -> None:
    invitation = await both.answered("webchat:mikko", 2, customer_name="Mikko")
    both.clock.at += timedelta(minutes=1)
    await both.happens(invitation, CommentWritten("Kiitos!"))
    await both.happens(invitation, ScoreChosen(5))
    (one,) = (await both.client.get("/responses")).json()["responses"]
    assert (one["score"], one["comment"], one["customer_name"]) == (5, "Kiitos!", "Mikko")
    assert [entry["score"] for entry in one["history"]] == [2, 5]
    assert one["answered_at"] == "2026-11-16T12:00:00+00:00"


async def test_answers_of_some_days(api: Api) -> None:
    monday = await api.answered("webchat:mikko", 2)
    api.clock.at += timedelta(days=1)
    tuesday = await api.answered("webchat:liisa", 3)

    async def between(**days: str) -> list[str]:
        answer = await api.client.get("/responses", params=days)
        return [one["id"] for one in answer.json()["responses"]]

    assert await between(to="2026-11-16") == [monday]
    assert await between(**{"from": "2026-11-17"}) == [tuesday]
    assert await between(**{"from": "2026-11-16", "to": "2026-11-17"}) == [monday, tuesday]


async def test_a_cursor_that_is_not_ours_is_refused(api: Api) -> None:
    good = await some_cursor(api)
    text, _, signature = good.rpartition(".")
    forged = base64.urlsafe_b64encode(json.dumps(["default", "2020-01-01T00:00:00+00:00", ""]).encode()).decode()
    assert signature
    empty = api.parts.context.tokens.issue(PURPOSE, "")
    for bad in ("", "x", f"{forged}.{signature}", f"{text}.AAAA", good + "x", "a.\u00e4", empty):
        problem(await api.client.get("/responses", params={"cursor": bad}), 400, "Not our cursor")
    assert (await api.client.get("/responses", params={"cursor": good})).status_code == 200


async def test_figures_of_a_period_and_by_agent(both: Api) -> None:
    for number, score in enumerate((5, 5, 1)):
        await both.answered(f"webchat:c{number}", score, agent="Anna" if score == 5 else "Olli")
    params = {"survey": "csat", "from": "2026-11-16", "to": "2026-11-22", "by": "agent"}
    body = (await both.client.get("/kpis", params=params)).json()
    assert (body["n"], body["value"], body["response_rate"]) == (3, 66.7, 100.0)
    assert body["histogram"] == {"1": 1, "2": 0, "3": 0, "4": 0, "5": 2}
    assert [(group["key"], group["n"], group["value"]) for group in body["by"]] == [("Anna", 2, 100.0), ("Olli", 1, 0)]


BAD_QUERIES: list[dict[str, str]] = [
    {},
    {"survey": "cast"},
    {"survey": "c\x00"},
    {"survey": "csat", "by": "mood"},
    {"survey": "csat", "from": "16.11.2026"},
    {"survey": "csat", "from": "2026-02-30"},
    {"survey": "csat", "from": "1700000000"},
    {"survey": "csat", "from": "2026-11-17", "to": "2026-11-16"},
    {"survey": "csat", "from": "2000-01-01", "to": "2199-12-31"},
    {"survey": "csat", "form": "2026-11-16"},
]


async def test_figures_that_cannot_be(api: Api) -> None:
    for query in BAD_QUERIES:
        answer = await api.client.get("/kpis", params=query)
        assert answer.status_code == 422, query
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["detail"]


async def test_a_weeks_summary(api: Api) -> None:
    await api.answered("webchat:mikko", 5)
    body = (await api.client.get("/summaries/2026-W47")).json()
    assert (body["week"], body["scores"][0]["n"], body["funnel"]["answered"]) == ("2026-W47", 1, 1)
    assert (await api.client.get("/summaries/2026-W46")).json()["scores"] == []


async def test_weeks_that_cannot_be(api: Api) -> None:
    for week in ("2026-W54", "2025-W53", "2026-47", "1999-W01", "%00", "\u0662\u0660\u0662\u0666-W47"):
        assert "eek" in problem(await api.client.get(f"/summaries/{week}"), 422, "Cannot be done")


async def test_a_week_that_has_not_begun_names_the_one_that_has(api: Api) -> None:
    detail = problem(await api.client.get("/summaries/2026-W48"), 422, "Cannot be done")
    assert "2026-W48 has not begun" in detail
    assert "2026-W47" in detail


async def test_a_person_is_forgotten_and_the_score_stays(both: Api) -> None:
    first = await both.answered("webchat:mikko", 5, ticket="1", customer_name="Mikko")
    waiting = await both.asked("webchat:mikko", ticket="2", anyway=True)
    customer = (await both.client.get(f"/invitations/{first}")).json()["customer"]
    answer = await both.client.delete(f"/customers/{customer}")
    assert (answer.status_code, answer.content) == (204, b"")
    problem(await both.client.delete(f"/customers/{customer}"), 404, "Not found")
    assert (await both.client.get(f"/invitations/{waiting}")).json()["state"] == "cancelled"
    assert (await both.client.get(f"/invitations/{first}")).json()["to"] is None
    figures = (await both.client.get("/kpis", params={"survey": "csat"})).json()
    assert (figures["n"], figures["value"]) == (1, 100.0)
