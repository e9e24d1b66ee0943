"""What the HTTP API refuses, and how it says so."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.flows.api_server import Api, problem


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


async def test_a_long_update_of_telegrams_is_no_too_large_body(api: Api) -> None:
    """4096 letters with a hundred entities that quote as many are over 64 kB as Telegram writes them."""
    async with httpx.AsyncClient(base_url=api.url) as client:
        # Telegram is off here: the answer is that, and not the size.
        assert (await client.post("/telegram/webhook", content=b"x" * 200_000)).status_code == 404
