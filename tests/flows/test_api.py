"""The HTTP API over a real server: asking once, reading, erasing, and every way of being refused."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.http.cursors import PURPOSE
from bot.events import CommentWritten, ScoreChosen
from storage.keys import Keyring
from tests.flows.api_server import Api, SteeredClock, client_of, make_tables, running

PROBLEM = "application/problem+json"


@pytest_asyncio.fixture
async def api(sqlite_url: str, keyring: Keyring) -> AsyncGenerator[Api]:
    await make_tables(sqlite_url, keyring)
    async with running(sqlite_url, keyring) as found:
        yield found


@pytest_asyncio.fixture
async def both(database_url: str, keyring: Keyring) -> AsyncGenerator[Api]:
    """The same on SQLite and on PostgreSQL."""
    await make_tables(database_url, keyring)
    async with running(database_url, keyring) as found:
        yield found


def problem(answer: httpx.Response, status: int, title: str) -> str:
    """The detail of a problem that is as it must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body = answer.json()
    assert (body["status"], body["title"]) == (status, title)
    assert body["type"] == "urn:pulssi:problem:" + title.lower().replace(" ", "-")
    return str(body["detail"])


async def test_an_ask_is_answered_with_its_verdict_and_can_be_read(both: Api) -> None:
    answer = await both.ask(
        ticket="4711", subject="Laskun ALV", agent="Anna", team="Laskutus", tags=["alv", " alv", "lasku "],
        touchpoint="support", locale="fi", customer_name="Mikko", closed_at="2026-11-16T13:00:00+02:00",
        attributes={"plan": "gold"},
    )  # fmt: skip
    assert answer.status_code == 201
    body = answer.json()
    assert body["verdict"] == {"ask": True, "reason": None, "not_before": None}
    assert (body["state"], body["link"]) == ("scheduled", None)
    shown = (await both.client.get(f"/invitations/{body['invitation']}")).json()
    assert shown | {
        "survey": "csat", "to": "webchat:mikko", "ticket": "4711", "subject": "Laskun ALV", "agent": "Anna",
        "team": "Laskutus", "tags": ["alv", "lasku"], "touchpoint": "support", "locale": "fi", "score": None,
        "attributes": {"plan": "gold"}, "state": "scheduled", "origin": "asked",
    } == shown  # fmt: skip


async def test_a_suppressed_ask_is_201_and_says_why_and_anyway_asks(api: Api) -> None:
    invitation = await api.answered("webchat:mikko", 5)
    held = await api.ask(ticket="2")
    assert held.status_code == 201
    assert held.json()["state"] == "suppressed"
    assert held.json()["verdict"] == {
        "ask": False, "reason": "asked_recently", "not_before": "2026-11-30T12:00:00+00:00",
    }  # fmt: skip
    sent = await api.ask(ticket="3", anyway=True)
    assert sent.json()["verdict"]["ask"] is True
    assert sent.json()["invitation"] != invitation


async def test_the_same_ticket_gives_the_same_invitation(both: Api) -> None:
    first = await both.asked(ticket="4711")
    again = await both.ask(ticket="4711")
    assert again.status_code == 201
    assert again.json()["invitation"] == first
    assert again.json()["verdict"]["reason"] == "already_asked"


async def test_a_dry_run_writes_nothing(api: Api) -> None:
    body = {"survey": "csat", "to": "webchat:mikko"}
    answer = await api.client.post("/invitations:dry-run", json=body)
    assert answer.status_code == 200
    assert answer.json() == {
        "invitation": None, "state": None, "verdict": {"ask": True, "reason": None, "not_before": None}, "link": None,
    }  # fmt: skip
    async with api.store.reading() as uow:
        assert await uow.invitations.recent("default", 10) == []


async def test_a_link_is_the_whole_address_of_the_page(api: Api) -> None:
    body = (await api.ask("webchat:new")).json()
    assert body["link"].startswith(f"{api.url}/chat#link=")
    token = body["link"].partition("#link=")[2]
    opened = await api.bare.post("/webchat/session", json={"workspace": "default", "link": token})
    assert opened.json()["link"] == "used"


async def test_the_same_key_and_body_gives_the_same_answer_for_a_day(both: Api) -> None:
    headers = {"Idempotency-Key": "ticket-4711"}
    first = await both.ask("webchat:new", headers=headers)
    assert first.status_code == 201
    both.clock.at += timedelta(hours=23, minutes=59)
    # The same request, spelt differently.
    again = await both.client.post(
        "/invitations",
        content=b' {"to": "webchat:new", "tags": [], "survey": "csat"}',
        headers={**headers, "Content-Type": "application/json; charset=utf-8"},
    )
    assert again.status_code == 200
    assert again.json() == first.json()
    both.clock.at += timedelta(minutes=2)
    later = await both.ask("webchat:new", headers=headers)
    assert later.status_code == 201
    assert later.json()["invitation"] != first.json()["invitation"]


async def test_the_same_key_with_another_body_is_a_conflict(api: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    await api.asked(headers=headers)
    problem(await api.ask(headers=headers, ticket="other"), 409, "Conflict")
    assert await api.asked("webchat:liisa", headers={"Idempotency-Key": "l"})


async def test_a_key_is_one_workspaces_own(api: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    mine = await api.asked(headers=headers)
    async with await api.workspace("second") as other:
        theirs = await other.post("/invitations", json={"survey": "csat", "to": "webchat:mikko"}, headers=headers)
    assert theirs.status_code == 201
    assert theirs.json()["invitation"] != mine


async def test_a_refused_request_leaves_its_key_free(api: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    problem(await api.ask(headers=headers, survey="cast"), 422, "Unknown survey")
    assert await api.asked(headers=headers)


@pytest.mark.parametrize("to", ["webchat:mikko", "webchat:new"])
async def test_requests_with_one_key_at_once_ask_once(to: str, database_url: str, keyring: Keyring) -> None:
    await make_tables(database_url, keyring)
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(running(database_url, keyring)) for _ in range(2)]
        answers = await asyncio.gather(
            *(process.ask(to, headers={"Idempotency-Key": "k"}) for _ in range(5) for process in processes)
        )
        async with processes[0].store.reading() as uow:
            stored = await uow.invitations.recent("default", 50)
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert [one.id for one in stored] == [answers[0].json()["invitation"]]


async def test_an_idempotency_key_has_limits(api: Api) -> None:
    for key in ("", "a b", "x" * 256):
        assert "Idempotency-Key" in problem(await api.ask(headers={"Idempotency-Key": key}), 422, "Not a valid request")


async def test_without_a_good_key_nothing_is_told(api: Api) -> None:
    for given in (b"", b"Bearer", b"Bearer wrong", b"Basic d3Jvbmc=", b"Bearer pulssi_\xff"):
        headers = [(b"Authorization", given)] if given else []
        for method, path in (("GET", "/responses"), ("GET", "/invitations/x"), ("DELETE", "/customers/x")):
            answer = await api.bare.request(method, f"/api/v1{path}", headers=headers)
            problem(answer, 401, "Unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_key_is_refused_at_once(api: Api) -> None:
    key, secret = await api.parts.membership.create_key("default", "soon gone")
    async with client_of(api.url, secret) as client:
        assert (await client.get("/responses")).status_code == 200
        await api.parts.membership.revoke_key("default", key.id)
        problem(await client.get("/responses"), 401, "Unauthorized")


async def test_another_workspace_sees_and_changes_nothing(api: Api) -> None:
    invitation = await api.answered("webchat:mikko", 5)
    customer = (await api.client.get(f"/invitations/{invitation}")).json()["customer"]
    cursor = await _cursor(api)
    async with await api.workspace("second") as other:
        problem(await other.get(f"/invitations/{invitation}"), 404, "Not found")
        problem(await other.post(f"/invitations/{invitation}:cancel"), 404, "Not found")
        problem(await other.delete(f"/customers/{customer}"), 404, "Not found")
        assert (await other.get("/responses")).json() == {"responses": [], "next": None}
        problem(await other.get("/responses", params={"cursor": cursor}), 400, "Not our cursor")
        assert (await other.get("/kpis", params={"survey": "csat"})).json()["n"] == 0
    assert (await api.client.get(f"/invitations/{invitation}")).json()["score"] == 5


async def _cursor(api: Api) -> str:
    await api.answered("webchat:liisa", 4)
    await api.answered("webchat:pekka", 4)
    return str((await api.client.get("/responses", params={"limit": 1})).json()["next"])


async def test_cancelling_takes_a_question_back_once(both: Api) -> None:
    invitation = await both.asked()
    answer = await both.client.post(f"/invitations/{invitation}:cancel")
    assert answer.json()["state"] == "cancelled"
    done = await both.answered("webchat:liisa", 3)
    problem(await both.client.post(f"/invitations/{done}:cancel"), 409, "Conflict")


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
    good = await _cursor(api)
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


async def test_things_that_are_not_there(both: Api) -> None:
    for name in ("%00", "no-such", "%C3%A4", "x" * 500, "0" * 20):
        problem(await both.client.get(f"/invitations/{name}"), 404, "Not found")
        problem(await both.client.post(f"/invitations/{name}:cancel"), 404, "Not found")
        problem(await both.client.delete(f"/customers/{name}"), 404, "Not found")


LONG: dict[str, Any] = {
    "subject": "x" * 201, "ticket": "x" * 101, "agent": "x" * 101, "team": "x" * 101, "touchpoint": "x" * 101,
    "tags": ["x"] * 21, "attributes": {str(n): "" for n in range(21)}, "customer_name": "x" * 101,
}  # fmt: skip


async def test_texts_have_limits(api: Api) -> None:
    for name, value in LONG.items():
        answer = await api.ask(**{name: value})
        problem(answer, 422, "Not a valid request")
        assert [error["at"] for error in answer.json()["errors"]] == [name]
    shorter = {name: value[:-1] for name, value in LONG.items() if name != "attributes"}
    assert await api.asked(**shorter, attributes={str(n): "" for n in range(20)})


BAD_VALUES: list[dict[str, Any]] = [
    {"to": "mikko"},
    {"to": "webchat:"},
    {"to": "webchat:owner"},
    {"to": "webchat:a\x00"},
    {"ticket": 4711},
    {"agent": "Anna\x00"},
    {"tags": ["a|b"]},
    {"tags": ["x" * 51]},
    {"tags": "billing"},
    {"attributes": {"a": "\x00"}},
    {"attributes": {"a\x00": ""}},
    {"locale": "fi; drop"},
    {"anyway": "yes"},
    {"test": 1},
    {"closed_at": 1700000000},
    {"closed_at": "2026-11-16T09:00:00"},
    {"closed_at": "0001-01-01T00:00:00+14:00"},
    {"survey": "CSAT"},
    {"agnet": "Anna"},
]


async def test_values_that_cannot_be(api: Api) -> None:
    for more in BAD_VALUES:
        answer = await api.client.post("/invitations", json={"survey": "csat", "to": "webchat:mikko", **more})
        detail = problem(answer, 422, "Not a valid request")
        (error,) = answer.json()["errors"]
        assert error["at"].split(".")[0] == next(iter(more))
        assert error["message"] in detail


async def test_lone_surrogates_are_refused(api: Api) -> None:
    for field in ("agent", "to", "survey", "ticket", "\\ud800"):
        body = {"survey": '"csat"', "to": '"webchat:mikko"', field: '"\\ud800"'}
        content = "{" + ", ".join(f'"{name}": {value}' for name, value in body.items()) + "}"
        answer = await api.client.post("/invitations", content=content, headers={"Content-Type": "application/json"})
        problem(answer, 422, "Not a valid request")


async def test_an_unknown_survey_or_channel_names_those_that_there_are(api: Api) -> None:
    assert "csat" in problem(await api.ask(survey="cast"), 422, "Unknown survey")
    assert "webchat" in problem(await api.ask("telegram:4711"), 422, "Unknown channel")


async def test_what_is_not_json_is_400(api: Api) -> None:
    for content in (b"{", b"\xff", b'{"a": "\xff"}', b"[" * 60_000):
        headers = {"Content-Type": "application/json"}
        problem(await api.client.post("/invitations", content=content, headers=headers), 400, "Not JSON")


async def test_json_that_is_not_called_json_is_415(api: Api) -> None:
    content = b'{"survey": "csat", "to": "webchat:mikko"}'
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {}):
        answer = await api.client.post("/invitations", content=content, headers=headers)
        assert "application/json" in problem(answer, 415, "Not sent as JSON")


def _body(size: int) -> bytes:
    body = json.dumps({"survey": "csat", "to": "webchat:mikko"}).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("path", ["/api/v1/invitations", "/webchat/session"])
async def test_a_body_over_64_kb_is_refused_also_in_pieces(api: Api, path: str) -> None:
    async def pieces(size: int) -> AsyncIterator[bytes]:
        body = _body(size)
        for start in range(0, size, 10_000):
            yield body[start : start + 10_000]

    limit = 64 * 1024
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {api.secret}"}
    async with httpx.AsyncClient(base_url=api.url, headers=headers) as client:
        assert (await client.post(path, content=_body(limit))).is_success
        assert (await client.post(path, content=pieces(limit))).is_success
        problem(await client.post(path, content=_body(limit + 1)), 413, "Content too large")
        problem(await client.post(path, content=pieces(limit + 1)), 413, "Content too large")


async def test_the_document_is_complete_and_needs_no_key(api: Api) -> None:
    async with client_of(api.url, None) as client:
        document = (await client.get("/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    assert sorted(document["paths"]) == [
        "/api/v1/customers/{customer}", "/api/v1/invitations", "/api/v1/invitations/{invitation}",
        "/api/v1/invitations/{invitation}:cancel", "/api/v1/invitations:dry-run", "/api/v1/kpis", "/api/v1/responses",
        "/api/v1/summaries/{week}",
    ]  # fmt: skip
    assert document["components"]["securitySchemes"] == {
        "apiKey": {"type": "http", "scheme": "bearer", "description": "A key made by `pulssi api-key create`."}
    }
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["security"] == [{"apiKey": []}]
            assert {"401", "503"} <= set(operation["responses"])


async def test_addresses_and_methods_that_are_not_ours_are_problems_too(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.url) as client:
        for path in ("/", "/docs", "/redoc", "/openapi.json", "/api/v1", "/api/v1/invitations/", "/api/v2/kpis"):
            problem(await client.get(path), 404, "Not found")
        answer = await client.put("/api/v1/invitations")
        assert "POST" in problem(answer, 405, "Method not allowed")
        assert answer.headers["allow"] == "POST"


async def test_the_host_header_is_not_repeated(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.url) as client:
        answer = await client.get("/api/v1/responses/", headers={"Host": "evil.example"})
    assert "evil.example" not in answer.text + str(answer.headers)


async def test_every_answer_carries_the_security_headers(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.url) as client:
        for path in ("/healthz", "/api/v1/openapi.json", "/api/v1/kpis", "/nowhere"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert "strict-transport-security" not in headers
        page = (await client.get("/chat")).headers
    assert "script-src 'self'" in page["content-security-policy"]


async def test_alive_ready_and_counted(both: Api) -> None:
    await both.asked("webchat:mikko", agent="Anna")
    async with httpx.AsyncClient(base_url=both.url) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (
            200, {"database": "ok", "writer": "ok", "outbox": "ok"},
        )  # fmt: skip
        figures = (await client.get("/metrics")).text
    assert 'pulssi_http_requests_total{method="POST",route="/api/v1/invitations",status="201"} 1.0' in figures
    assert "pulssi_commits_total" in figures
    assert "mikko" not in figures
    assert "Anna" not in figures


async def test_a_message_that_nobody_tries_to_send_makes_it_unready(api: Api) -> None:
    await api.asked()
    api.clock.at += timedelta(minutes=6)
    answer = await api.bare.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["outbox"].startswith("1 messages wait")


async def test_without_a_writer_it_is_not_ready_and_nothing_is_acknowledged(sqlite_url: str, keyring: Keyring) -> None:
    await make_tables(sqlite_url, keyring)
    async with running(sqlite_url, keyring, SteeredClock()) as api:
        api.store.close()
        answer = await api.ask()
        problem(answer, 503, "Database unavailable")
        assert answer.headers["retry-after"]
        ready = await api.bare.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"]["writer"] != "ok"
