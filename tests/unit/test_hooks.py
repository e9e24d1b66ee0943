"""What the platforms post: one answer each, in time, with the work going on behind a late one."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI
from starlette.types import Message

from adapters.http.hooks import Answer, Body, Headers, Hook, Hooks, Taker
from adapters.http.problems import install
from bot.errors import StoreUnavailable

PATH, LIMIT = "/posted", 10
DISCONNECTED: Message = {"type": "http.disconnect"}


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@dataclass
class Caller:
    """One request, and what it was answered with."""

    messages: Sequence[Message]
    headers: Sequence[tuple[bytes, bytes]] = ()
    sent: list[Message] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, hooks: Hooks) -> None:
        coming = iter(self.messages)

        async def receive() -> Message:
            return next(coming)

        async def send(message: Message) -> None:
            self.sent.append(message)
            if message["type"] == "http.response.body":
                self.answered.set()

        scope = {"type": "http", "method": "POST", "path": PATH, "headers": list(self.headers), "query_string": b""}
        await hooks(scope, receive, send)

    @property
    def status(self) -> int:
        [start, _] = self.sent
        return int(start["status"])

    @property
    def told(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return bytes(self.sent[1]["body"])


def hooks_of(taker: Taker, patience: float | None = None, counts: list[int] | None = None) -> Hooks:
    app = FastAPI()
    install(app)
    observed = counts if counts is not None else []
    return Hooks(app, app, {PATH: Hook(taker, LIMIT, patience)}, lambda _method, _path, status: observed.append(status))


async def echo(headers: Headers, body: Body) -> Answer:
    return Answer(headers=((b"x-given", headers.get(b"x-giving", b"")),), body=await body())


async def test_what_is_posted_in_pieces_is_read_whole_and_answered_with_its_length() -> None:
    counts: list[int] = []
    caller = Caller([part(b"one ", more=True), part(b"two")], [(b"x-giving", b"1")])
    await caller.post(hooks_of(echo, counts=counts))
    assert (caller.status, caller.body) == (200, b"one two")
    assert caller.told == {b"x-given": b"1", b"content-length": b"7"}
    assert counts == [200]


@pytest.mark.parametrize(
    ("messages", "headers"),
    [
        ([part(b"x" * (LIMIT + 1))], []),
        ([part(b"x" * LIMIT, more=True), part(b"x")], [(b"transfer-encoding", b"chunked"), (b"content-length", b"1")]),
        ([], [(b"content-length", str(LIMIT + 1).encode())]),  # refused before any of it is read
    ],
)
async def test_more_than_may_be_is_refused(messages: list[Message], headers: list[tuple[bytes, bytes]]) -> None:
    caller = Caller(messages, headers)
    await caller.post(hooks_of(echo))
    assert caller.status == 413
    assert caller.told[b"content-type"] == b"application/problem+json"
    assert caller.told[b"x-content-type-options"] == b"nosniff"
    assert caller.told[b"connection"] == b"close"
    assert json.loads(caller.body)["title"] == "Content too large"


async def test_whoever_hangs_up_is_no_error_of_ours() -> None:
    caller = Caller([part(b"x", more=True), DISCONNECTED])
    await caller.post(hooks_of(echo))
    assert caller.status == 400


async def test_what_takes_too_long_is_told_to_come_again_and_goes_on() -> None:
    counts: list[int] = []
    go, done = asyncio.Event(), asyncio.Event()

    async def slow(_headers: Headers, _body: Body) -> Answer:
        await go.wait()
        done.set()
        return Answer()

    hooks = hooks_of(slow, 0.01, counts)
    callers = [Caller([part(b"")]) for _ in range(3)]
    async with asyncio.TaskGroup() as group:
        for caller in callers:
            group.create_task(caller.post(hooks))
        for caller in callers:
            await caller.answered.wait()
        assert not done.is_set()
        go.set()
    assert done.is_set()
    assert [caller.status for caller in callers] == [503] * 3  # and nothing was sent after that
    assert json.loads(callers[0].body)["detail"] == "This was not stored in time; send it again."
    assert callers[0].told[b"retry-after"] == b"5"
    assert counts == [503] * 3
    quick = Caller([part(b"")])
    await quick.post(hooks)
    assert quick.status == 200


async def test_what_fails_behind_a_late_answer_changes_nothing_of_it() -> None:
    go = asyncio.Event()

    async def fails(_headers: Headers, _body: Body) -> Answer:
        await go.wait()
        raise StoreUnavailable("away")

    caller = Caller([part(b"")])
    posted = asyncio.create_task(caller.post(hooks_of(fails, 0.01)))
    await caller.answered.wait()
    go.set()
    await posted
    assert caller.status == 503
    assert json.loads(caller.body)["title"] == "Service unavailable"


async def test_an_error_that_nobody_foresaw_says_nothing_of_itself() -> None:
    async def breaks(_headers: Headers, _body: Body) -> Answer:
        raise LookupError("a secret")

    caller = Caller([part(b"")])
    await caller.post(hooks_of(breaks))
    assert (caller.status, b"secret" in caller.body) == (500, False)
