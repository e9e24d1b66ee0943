"""What people with bad intentions try on the web chat and the page, against the real server."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.server import RunningServer
from tests.flows.visitor import Visitor

OTHER = "other"
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    with RunningServer(folder) as running:
        yield running


@pytest.fixture
def visit(server: RunningServer) -> Iterator[Visit]:
    """Opens chats that are closed at the end."""
    opened: list[Visitor] = []

    def one(**session: Any) -> Visitor:
        opened.append(Visitor(server.url, **session))
        return opened[-1]

    yield one
    for visitor in opened:
        visitor.close()


@pytest.fixture(scope="module")
def owner(server: RunningServer) -> str:
    """The member token of an owner, whose names hold what no name may hold."""
    return server.claim(name="Olli\x1b[31m\x00 Omistaja", business=" Esimerkki\x00\nOy ")


def joined(server: RunningServer, name: str) -> str:
    """The member token of one more owner."""
    code = server.cli("member", "add", "--role", "owner").stdout.strip()
    answer = httpx.post(f"{server.url}/chat/claim", json={"workspace": "default", "code": code, "name": name})
    return str(answer.json()["token"])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def owner_token(server: RunningServer, member: str) -> str:
    desk = httpx.get(f"{server.url}/chat/desk", headers=bearer(member)).json()
    return str(desk["owner_token"])


def test_an_owner_who_was_removed_reads_the_owners_conversation_no_more(server: RunningServer, owner: str) -> None:
    kept, lost = owner_token(server, owner), owner_token(server, joined(server, "Eve"))
    session = {"workspace": "default", "token": lost}
    assert httpx.post(f"{server.url}/webchat/session", json=session).status_code == 200
    removed = server.cli("member", "remove", "Eve")
    assert removed.returncode == 0, removed.stderr
    assert httpx.get(f"{server.url}/webchat/stream", headers=bearer(lost)).status_code == 401
    assert httpx.post(f"{server.url}/webchat/session", json=session).status_code == 401
    event = {"event_id": str(uuid.uuid4()), "type": "text", "text": "hello"}
    assert server.post("/webchat/events", lost, event).status_code == 401
    assert server.post("/webchat/events", kept, event).status_code == 200


def test_an_open_stream_ends_with_the_membership(server: RunningServer, owner: str, visit: Visit) -> None:
    leaving = visit(token=owner_token(server, joined(server, "Mallory")))
    stream = leaving.stream()
    assert any(event == "ready" for event, _, _ in stream)
    assert server.cli("member", "remove", "Mallory").returncode == 0
    posted = server.cli("summary", "--post")
    assert posted.returncode == 0, posted.stderr
    assert list(stream) == []


def test_names_are_one_line_without_control_characters(server: RunningServer, owner: str) -> None:
    desk = httpx.get(f"{server.url}/chat/desk", headers=bearer(owner)).json()
    assert desk["member"]["name"] == "Olli [31m  Omistaja"
    assert httpx.get(f"{server.url}/chat/status").json()["business"] == "Esimerkki Oy"


def test_nobody_asks_the_owners_own_conversation(server: RunningServer) -> None:
    asked = server.cli("ask", "--survey", "nps", "--to", "webchat:owner")
    assert asked.returncode == 2
    assert "webchat:owner is where the owner reads; ask a customer." in asked.stderr


def test_a_visitor_of_another_workspace_does_not_use_up_a_link(server: RunningServer, visit: Visit) -> None:
    assert server.cli("surveys", "list", "--workspace", OTHER).returncode == 0
    made = server.cli("ask", "--survey", "nps", "--to", "webchat:new")
    link = made.stdout.partition("#link=")[2].split()[0].rstrip(".")
    stranger = visit(workspace=OTHER, link=link)
    assert stranger.session["link"] == "unknown"
    customer = visit(link=link)
    assert customer.session["link"] == "used"
    assert customer.question()["prompt"]["scale"]


def test_an_owner_does_not_become_a_customer_by_a_link(server: RunningServer, visit: Visit, owner: str) -> None:
    made = server.cli("ask", "--survey", "nps", "--to", "webchat:new")
    link = made.stdout.partition("#link=")[2].split()[0].rstrip(".")
    opened = visit(token=owner_token(server, owner), link=link)
    assert opened.session["link"] == "unknown"


@pytest.mark.parametrize("path", ["/webchat/session", "/webchat/events", "/chat/claim"])
def test_json_of_ten_thousand_levels_is_the_senders_mistake(server: RunningServer, visit: Visit, path: str) -> None:
    deep = b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    token = visit().session["token"]
    answer = httpx.post(f"{server.url}{path}", content=deep, headers=bearer(token))
    assert (answer.status_code, answer.json()["title"]) == (400, "Not JSON")
    assert "levels" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["", "../x", "\x00", "DEFAULT", "nope"])
def test_a_workspace_that_is_none_is_not_found_rather_than_a_reason_to_try_again(
    server: RunningServer, name: str
) -> None:
    assert httpx.post(f"{server.url}/webchat/session", json={"workspace": name}).status_code == 404


@pytest.mark.parametrize("token", ["x", "default:owner:1999999999.AAAAAAAAAAAAAA"])
def test_a_forged_session_is_told_what_to_do(server: RunningServer, token: str) -> None:
    answer = httpx.get(f"{server.url}/webchat/stream", headers=bearer(token))
    assert answer.status_code == 401
    assert "reload the page" in answer.json()["detail"]


def test_a_question_of_an_erased_person_is_gone(server: RunningServer, visit: Visit) -> None:
    customer = visit()
    assert server.cli("ask", "--survey", "csat", "--to", customer.address).returncode == 0
    question = customer.question()
    assert server.cli("customer", "erase", "--yes", customer.address).returncode == 0
    refused = customer.tap(question, 3)
    assert (refused.status_code, refused.json()["detail"]) == (404, "This question is no longer known here.")


def test_the_log_has_no_stack_trace_of_all_this(server: RunningServer) -> None:
    assert "unexpected error" not in server.output
    assert "Traceback" not in server.output
