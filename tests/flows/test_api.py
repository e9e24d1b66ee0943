"""Asking over the HTTP API of a real server: verdicts, links, keys, and once per Idempotency-Key."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from storage.keys import Keyring
from tests.flows.api_server import Api, client_of, make_tables, problem, running, some_cursor


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
    cursor = await some_cursor(api)
    async with await api.workspace("second") as other:
        problem(await other.get(f"/invitations/{invitation}"), 404, "Not found")
        problem(await other.post(f"/invitations/{invitation}:cancel"), 404, "Not found")
        problem(await other.delete(f"/customers/{customer}"), 404, "Not found")
        assert (await other.get("/responses")).json() == {"responses": [], "next": None}
        problem(await other.get("/responses", params={"cursor": cursor}), 400, "Not our cursor")
        assert (await other.get("/kpis", params={"survey": "csat"})).json()["n"] == 0
    assert (await api.client.get(f"/invitations/{invitation}")).json()["score"] == 5


async def test_cancelling_takes_a_question_back_once(both: Api) -> None:
    invitation = await both.asked()
    answer = await both.client.post(f"/invitations/{invitation}:cancel")
    assert answer.json()["state"] == "cancelled"
    done = await both.answered("webchat:liisa", 3)
    problem(await both.client.post(f"/invitations/{done}:cancel"), 409, "Conflict")
