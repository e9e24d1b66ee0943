"""The application around its routes: document, headers, unknown addresses, health and metrics."""

from datetime import timedelta

import httpx

from storage.keys import Keyring
from tests.flows.api_server import Api, SteeredClock, client_of, make_tables, problem, running


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
    assert "pulssi_outbox_rows 1.0" in figures
    assert "pulssi_chat_streams 0.0" in figures
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
