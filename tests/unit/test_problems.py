"""Errors as problem details: which status, which words, and what stays in the log."""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request
from starlette.types import Message
from structlog.testing import capture_logs

from adapters.http.middleware import AccessLog, BodyLimit, LastNet, SecurityHeaders
from adapters.http.problems import MEDIA_TYPE, install, problem, problem_of
from bot import errors
from bot.errors import PulssiError

STATUS = {
    errors.PulssiError: 500,
    errors.WrongUse: 422,
    errors.UnknownSurvey: 422,
    errors.UnknownChannel: 422,
    errors.NotFound: 404,
    errors.BadScore: 422,
    errors.BadToken: 403,
    errors.ExpiredToken: 401,
    errors.NotAllowed: 403,
    errors.Conflict: 409,
    errors.BadSettings: 500,
    errors.StoreError: 500,
    errors.StoreUnavailable: 503,
    errors.DatabaseTooNew: 500,
    errors.WrongKey: 500,
    errors.ChannelError: 502,
    errors.RecipientUnreachable: 502,
    errors.Moved: 502,
    errors.TryAgainLater: 502,
}
WORDS = "the words of Mikko"
MORE: Mapping[type[PulssiError], tuple[str, ...]] = {errors.Moved: ("-1001234",)}  # what it takes beside the message


def body_of(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(answer.body))
    return found


def test_every_error_of_ours_has_a_status() -> None:
    ours = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PulssiError)}
    assert ours == set(STATUS)


@pytest.mark.parametrize(("kind", "status"), STATUS.items())
def test_an_error_becomes_a_problem(kind: type[PulssiError], status: int) -> None:
    answer = problem_of(kind(WORDS, *MORE.get(kind, ())))
    body = body_of(answer)
    assert (answer.status_code, body["status"], answer.media_type) == (status, status, MEDIA_TYPE)
    assert body["type"].startswith("urn:pulssi:problem:")
    assert (WORDS in body["detail"]) == (status < 500)


def test_a_caller_is_told_what_to_bring_and_when_to_come_again() -> None:
    assert problem_of(errors.ExpiredToken("over")).headers["www-authenticate"].startswith("Bearer")
    assert int(problem_of(errors.StoreUnavailable("away")).headers["retry-after"]) > 0
    assert "www-authenticate" not in problem_of(errors.NotFound("gone")).headers


def test_details_are_bounded_and_hold_any_text() -> None:
    answer = problem(422, "Cannot be done", "\ud800" + "x" * 10_000, errors=[{"at": "a", "message": "\udfff"}])
    body = body_of(answer)
    assert len(body["detail"]) == 500
    assert body["errors"] == [{"at": "a", "message": "\udfff"}]
    assert bytes(answer.body).isascii()


class Shape(msgspec.Struct):
    name: str


def _app(limit: int = 100) -> tuple[FastAPI, list[tuple[str, str, int]]]:
    app, seen = FastAPI(openapi_url=None), list[tuple[str, str, int]]()

    @app.get("/fails/{token}")
    async def fails(token: str) -> None:
        raise RuntimeError(WORDS + token)

    @app.get("/refuses")
    async def refuses() -> None:
        raise PulssiError(WORDS)

    @app.post("/shapes")
    async def shapes(request: Request) -> dict[str, str]:
        return {"name": msgspec.json.decode(await request.body(), type=Shape).name}

    @app.post("/ignores")
    async def ignores() -> dict[str, str]:
        return {}

    install(app)
    app.add_middleware(BodyLimit, limit=limit)
    app.add_middleware(LastNet)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(AccessLog, observe=lambda *one: seen.append(one))
    return app, seen


@pytest_asyncio.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()[0]), base_url="http://pulssi") as found:
        yield found


async def test_an_unforeseen_error_says_nothing_and_logs_where(client: httpx.AsyncClient) -> None:
    for path in ("/fails/s3cret?key=s3cret", "/refuses"):
        with capture_logs() as logs:
            answer = await client.get(path)
        assert answer.status_code == 500
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert WORDS not in answer.text
        (error,) = [line for line in logs if line["log_level"] == "error"]
        assert "test_problems.py" in error["steps"]
        assert WORDS not in str(logs)
        assert "s3cret" not in str(logs)


def test_what_the_database_refused_is_in_the_log() -> None:
    with capture_logs() as logs:
        answer = problem_of(errors.StoreError("The database refused a statement (NotNullViolation)"))
    assert "NotNullViolation" in logs[0]["words"]
    assert b"NotNullViolation" not in bytes(answer.body)


async def test_the_access_log_has_templates_and_no_values() -> None:
    app, seen = _app()
    with capture_logs() as logs:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://pulssi") as client:
            await client.post("/ignores?token=s3cret")
            await client.get("/fails/s3cret")
            await client.request("MADEUP", "/s3cret")
    assert seen == [("POST", "/ignores", 200), ("GET", "/fails/{token}", 500), ("other", "unknown", 404)]
    assert "s3cret" not in str(logs).lower()
    requests = [line for line in logs if line["event"] == "request"]
    assert [(line["method"], line["route"], line["status"]) for line in requests] == seen


async def test_bodies_read_by_msgspec_are_told_the_same_way(client: httpx.AsyncClient) -> None:
    for content, status in ((b"{", 400), (b'{"name": "\xff"}', 400), (b'{"name": 1}', 422), (b"[]", 422)):
        answer = await client.post("/shapes", content=content)
        assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)


async def test_a_body_is_counted_while_it_is_read() -> None:
    """A declared length is refused before the body is read; an undeclared one as soon as it is over."""
    app, _ = _app(limit=10)
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"1234", "more_body": True}

    async def status(headers: list[tuple[bytes, bytes]]) -> int:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/shapes", "raw_path": b"/shapes", "query_string": b"",
            "headers": headers, "http_version": "1.1", "scheme": "http", "root_path": "", "server": ("pulssi", 80),
        }  # fmt: skip
        await app(scope, receive, send)
        found: int = sent[0]["status"]
        return found

    assert await status([(b"content-length", b"11")]) == 413
    assert taken == 0
    assert await status([]) == 413
    assert taken == 3
    # What is declared beside pieces says nothing of their length (RFC 9112, 6.3).
    assert await status([(b"content-length", b"4"), (b"transfer-encoding", b"chunked")]) == 413
    assert taken == 6


async def test_a_body_at_the_limit_passes() -> None:
    app, _ = _app(limit=13)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://pulssi") as client:
        assert (await client.post("/shapes", content=b'{"name": "a"}')).status_code == 200
        assert (await client.post("/shapes", content=b'{"name": "ab"}')).status_code == 413
