"""Hostile requests from the API's own OpenAPI document: nothing undocumented, no 500, no way round the key."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from storage.keys import Keyring
from tests.flows.api_server import make_tables, running

EXAMPLES = 25
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
]


MEANT = {"post": {200, 201, 409}, "get": {200}, "delete": {204, 404}}
REFUSED = {400, 401, 404, 405, 409, 413, 415, 422}


def _aim(case: Any, serving: "_Serving") -> None:
    """Names things that exist, so that valid requests get past the first look-up."""
    if isinstance(case.body, dict):
        case.body |= {"survey": "csat", "to": f"webchat:c{len(case.body)}"}
    if "survey" in (case.query or {}):
        case.query["survey"] = "csat"
    if "cursor" in (case.query or {}):
        del case.query["cursor"]
    known = {"invitation": serving.invitations[0], "week": "2026-W47"}
    case.path_parameters = {name: known.get(name, value) for name, value in (case.path_parameters or {}).items()}


class _Serving:
    """The server in a thread of its own, because the requests are made without a loop."""

    def __init__(self, folder: Path) -> None:
        self.url = ""
        self.secret = ""
        self.invitations: list[str] = []
        self._folder = folder
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(20)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()
            self._ready.set()

    async def _serve(self) -> None:
        url, keyring = f"sqlite+aiosqlite:///{self._folder / 'pulssi.db'}", Keyring(bytes(range(32)))
        await make_tables(url, keyring)
        async with running(url, keyring) as api:
            self.invitations = [await api.answered(f"webchat:c{n}", 1 + n % 5, agent="Anna") for n in range(4)]
            self.url, self.secret = api.url, api.secret
            self._ready.set()
            await self._over.wait()


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Serving]:
    found = _Serving(tmp_path_factory.mktemp("schemathesis"))
    found.start()
    try:
        yield found
    finally:
        found.stop()


OPERATIONS = [
    ("post", "/api/v1/invitations"),
    ("post", "/api/v1/invitations:dry-run"),
    ("get", "/api/v1/invitations/{invitation}"),
    ("post", "/api/v1/invitations/{invitation}:cancel"),
    ("get", "/api/v1/responses"),
    ("get", "/api/v1/kpis"),
    ("get", "/api/v1/summaries/{week}"),
    ("delete", "/api/v1/customers/{customer}"),
]


@pytest.fixture(scope="module")
def document(serving: _Serving) -> Any:
    return schemathesis.openapi.from_url(f"{serving.url}/api/v1/openapi.json")


def test_every_operation_is_tried(document: Any) -> None:
    assert sorted(OPERATIONS) == sorted((one.ok().method, one.ok().path) for one in document.get_all_operations())


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_hostile_requests_meet_only_documented_answers(
    serving: _Serving, document: Any, mode: schemathesis.GenerationMode, method: str, path: str
) -> None:
    operation = document[path][method]
    headers = {"Authorization": f"Bearer {serving.secret}"}
    reached = set[int]()

    @seed(4711)
    @settings(
        max_examples=EXAMPLES, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def attempt(case: Any) -> None:
        if mode is schemathesis.GenerationMode.POSITIVE:
            _aim(case, serving)
        reached.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    attempt()
    assert reached & (MEANT[method] if mode is schemathesis.GenerationMode.POSITIVE else REFUSED), reached
