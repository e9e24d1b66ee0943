"""The real program where Slack's side is not as it should be: explained, and mended by itself."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.slack.standing import REVOKED
from tests.flows.server import RunningServer, free_port
from tests.flows.slack import SECONDS, asked, question, questions, slack_server, trouble, works
from tests.flows.telegram import rows, said, until
from tests.flows.visitor import Visitor
from tests.slack_api.people import Person
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_TOKEN

LOOKS = 45.0  # seconds: while anything is amiss Slack is asked every 30, and the machine may be busy
LEASE = 45.0  # seconds: a killed sender's lease lasts 20 of them, then comes the next look


@pytest.fixture
def api() -> SlackApi:
    return SlackApi()


@pytest.fixture
def mikko(api: SlackApi) -> Person:
    return api.person("U0MIKKO", "Mikko Mallikas")


@pytest.mark.timeout(300)
def test_what_slack_takes_back_is_told_and_what_waits_goes_out_later(tmp_path: Path, api: SlackApi) -> None:
    with in_thread(api) as url, slack_server(tmp_path, url) as server:
        works(api, server)
        an_app_that_is_removed(api, server)
        a_token_that_is_void_unheard(api, server)
        a_right_that_is_taken_away(api, server)
        assert BOT_TOKEN not in server.output


def an_app_that_is_removed(api: SlackApi, server: RunningServer) -> None:
    mikko, kim = api.person("U0MIKKO", "Mikko Mallikas"), api.person("U0KIM", "Kim Korhonen")
    asked(server, "slack:U0MIKKO")
    shown = question(api, mikko.dm)
    api.uninstall()
    until(lambda: trouble(server) == REVOKED, LOOKS)
    asked(server, "slack:U0KIM")
    mikko.tap(shown, "s:4").wait(SECONDS)  # whatever was on its way still counts
    until(lambda: rows(server.folder, "SELECT score FROM response") == [(4,)])
    doctor = server.cli("doctor")
    assert (doctor.returncode, "taken it back (account_inactive)" in doctor.stdout) == (1, True)
    assert questions(kim.dm) == []
    assert server.output.count(f"{REVOKED}\n") == 1
    api.state.revoked = ""
    until(lambda: trouble(server) == "ok", LOOKS)
    question(api, kim.dm)
    api.wait(lambda: shown.edited, SECONDS)


def a_token_that_is_void_unheard(api: SlackApi, server: RunningServer) -> None:
    """The next message finds it out."""
    lee = api.person("U0LEE", "Lee")
    api.state.revoked = "token_revoked"
    asked(server, "slack:U0LEE")
    until(lambda: "SLACK_BOT_TOKEN" in trouble(server), LOOKS)
    api.state.revoked = ""
    until(lambda: trouble(server) == "ok", LOOKS)
    question(api, lee.dm)


def a_right_that_is_taken_away(api: SlackApi, server: RunningServer) -> None:
    ada = api.person("U0ADA", "Ada")
    api.state.scopes.discard("chat:write")
    asked(server, "slack:U0ADA")
    until(lambda: "chat:write" in trouble(server), LOOKS)
    assert "missing: chat:write" in server.cli("doctor").stdout
    api.state.scopes.add("chat:write")
    question(api, ada.dm)
    until(lambda: trouble(server) == "ok", LOOKS)


@pytest.mark.timeout(240)
def test_slack_may_be_away_at_the_start_and_later(tmp_path: Path, api: SlackApi, mikko: Person) -> None:
    port = free_port()
    with slack_server(tmp_path, f"http://127.0.0.1:{port}/api/") as server:
        until(lambda: "cannot be reached" in trouble(server), LOOKS)
        early = server.cli("ask", "--to", "slack:U0MIKKO", "--survey", "csat")
        assert early.returncode == 2
        assert "pulssi serve" in early.stderr
        visitor = Visitor(server.url)
        told = server.post("/chat/asks", server.claim(), {"to": visitor.address, "survey": "csat"})
        assert told.status_code == 200
        shown = visitor.question()
        visitor.see(shown)
        assert visitor.tap(shown, 5).status_code == 200
        visitor.close()
        assert said(server, "kpi", "--survey", "csat", "--json")["n"] == 1

        with in_thread(api, port):
            works(api, server)
            until(lambda: trouble(server) == "ok", LOOKS)
            asked(server, "slack:U0MIKKO")
            mikko.tap(question(api, mikko.dm), "s:3").wait(SECONDS)
        until(lambda: trouble(server) != "ok", LOOKS)
        asked(server, "slack:U0KIM")
        kim = api.person("U0KIM", "Kim Korhonen")
        with in_thread(api, port):
            question(api, kim.dm)
            until(lambda: trouble(server) == "ok", LEASE)


@pytest.mark.timeout(180)
def test_of_two_servers_one_sends_both_listen_and_the_other_takes_over(
    tmp_path: Path, api: SlackApi
) -> None:  # fmt: skip
    people = [api.person(f"U0P{n}", f"Person {n}") for n in range(6)]
    with ExitStack() as stack:
        url = stack.enter_context(in_thread(api))
        first = stack.enter_context(slack_server(tmp_path, url))
        works(api, first)
        second = stack.enter_context(slack_server(tmp_path, url))
        api.wait(lambda: len(api.sockets.connections) == 2, SECONDS)
        for person in people:
            asked(second, f"slack:{person.id}")
        shown = [question(api, person.dm) for person in people]
        taps = [person.tap(one, "s:5").wait(SECONDS) for person, one in zip(people, shown, strict=True)]
        assert all(one.acknowledged for one in taps)
        assert all(one.envelopes for one in api.sockets.connections), "both took some"
        api.wait(lambda: all(one.edited for one in shown), SECONDS)
        until(lambda: rows(tmp_path, "SELECT count(*) FROM outbox") == [(0,)])

        first.kill()
        late = api.person("U0LATE", "Late")
        asked(second, "slack:U0LATE")
        api.wait(lambda: questions(late.dm), LEASE)
        api.wait(lambda: len(api.sockets.connections) == 1, SECONDS)
        assert late.tap(question(api, late.dm), "s:1").wait(SECONDS).acknowledged
        asks = question(api, late.dm)
        api.wait(lambda: asks.edited, SECONDS)
        assert trouble(second) == "ok"
        assert {len(person.dm.messages) for person in (*people, late)} == {1}
        assert [call.error for call in api.calls if call.error] == []
