"""A company's site embeds the web chat: other origins, signed identities, over the real server."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.flows.server import RunningServer
from tests.flows.visitor import Visitor

SHOP, SECRET = "https://shop.example.com", "the shop's secret"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder: Path = tmp_path_factory.mktemp("embedded")
    with RunningServer(folder, PULSSI_WEBCHAT_ORIGINS=SHOP, PULSSI_WEBCHAT_SECRET=SECRET) as running:
        yield running


@pytest.mark.parametrize(("origin", "allowed"), [(SHOP, SHOP), ("https://elsewhere.example.com", None)])
def test_only_named_origins_may_use_the_chat(server: RunningServer, origin: str, allowed: str | None) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    preflight = httpx.options(f"{server.url}/webchat/events", headers=asked)
    assert preflight.headers.get("access-control-allow-origin") == allowed
    session = httpx.post(f"{server.url}/webchat/session", json={}, headers={"Origin": origin})
    assert session.headers.get("access-control-allow-origin") == allowed


@pytest.mark.parametrize("path", ["/chat/status", "/api/v1/openapi.json"])
def test_nothing_else_is_for_other_origins(server: RunningServer, path: str) -> None:
    answer = httpx.get(f"{server.url}{path}", headers={"Origin": SHOP})
    assert "access-control-allow-origin" not in answer.headers


def test_the_widget_loads_on_any_site(server: RunningServer) -> None:
    answer = httpx.get(f"{server.url}/widget.js", headers={"Origin": SHOP})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")


def test_a_signed_customer_is_asked_by_the_companys_own_id(server: RunningServer) -> None:
    expires = int(time.time()) + 600
    signature = hmac.new(SECRET.encode(), f"customer-42.{expires}".encode(), hashlib.sha256).hexdigest()
    identity = {"id": "customer-42", "exp": expires, "signature": signature, "name": "Mikko Virtanen"}
    visitor = Visitor(server.url, "fi", identity=identity)
    assert visitor.address == "webchat:customer-42"
    token = server.claim()
    asked = server.post("/chat/asks", token, {"to": "webchat:customer-42", "survey": "csat"}).json()
    assert "Mikko Virtanen" in asked["words"]
    assert visitor.question()["prompt"]["lang"] == "fi"
    visitor.close()
    signature = hmac.new(SECRET.encode(), f"customer-43.{expires}".encode(), hashlib.sha256).hexdigest()
    nameless = Visitor(server.url, "sv", identity={"id": "customer-43", "exp": expires, "signature": signature})
    assert server.post("/chat/asks", token, {"to": "webchat:customer-43", "survey": "csat"}).json()["verdict"]["ask"]
    question = nameless.question()
    assert question["prompt"]["lang"] == "sv"
    nameless.tap(question, 5).raise_for_status()
    nameless.close()
    told = server.post("/chat/asks", token, {"to": "webchat:customer-43", "survey": "nps"}).json()
    assert (told["can_anyway"], told["invitation"], told["verdict"]["reason"]) == (True, None, "asked_recently")
    confirmed = {"to": "webchat:customer-43", "survey": "nps", "anyway": True}
    assert server.post("/chat/asks", token, confirmed).json()["state"] == "scheduled"


def test_an_identity_with_a_wrong_signature_gets_no_session(server: RunningServer) -> None:
    identity = {"id": "customer-42", "exp": int(time.time()) + 600, "signature": "0" * 64}
    answer = httpx.post(f"{server.url}/webchat/session", json={"identity": identity})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
