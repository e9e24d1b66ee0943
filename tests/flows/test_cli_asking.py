"""`pulssi ask` and `pulssi cancel` at the command line."""

import asyncio
from pathlib import Path

import pytest

from bot.address import parse_address
from bot.bootstrap import Pulssi
from bot.events import Arrival, Delivered, OptedOut, ScoreChosen
from storage.presence import anyone_serving, present
from tests.flows.commands import Terminal


@pytest.fixture
def pulssi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(tmp_path, monkeypatch)


def test_ask_says_what_comes_of_it(pulssi: Terminal) -> None:
    said = pulssi.ok("ask", "--survey", "csat", "--to", "webchat:mikko", "--json")
    assert said.json["invitation"]
    assert {name: value for name, value in said.json.items() if name != "invitation"} == {
        "state": "scheduled",
        "verdict": {"ask": True, "reason": None, "not_before": None},
        "link": None,
    }
    assert "No server runs" in said.err
    assert "PULSSI_BUSINESS_NAME" in said.err


def test_a_named_business_is_not_asked_for_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulssi = Terminal(tmp_path, monkeypatch, PULSSI_BUSINESS_NAME="Esimerkki Oy")
    assert "PULSSI_BUSINESS_NAME" not in pulssi.ok("ask", "--survey", "csat", "--to", "webchat:mikko").err


def test_a_dry_run_writes_nothing(pulssi: Terminal) -> None:
    for _ in range(2):
        said = pulssi.ok("ask", "--survey", "csat", "--to", "webchat:mikko", "--dry-run", "--json")
        assert said.json == {
            "invitation": None,
            "state": None,
            "verdict": {"ask": True, "reason": None, "not_before": None},
            "link": None,
        }
        assert not said.err
    pulssi.asked("mikko", "csat", "--ticket", "T-1")
    again = pulssi.ok("ask", "--survey", "csat", "--to", "webchat:mikko", "--ticket", "T-1", "--dry-run", "--json")
    assert (again.json["invitation"], again.json["state"]) == (None, None)
    assert again.json["verdict"]["reason"] == "already_asked"


def test_not_asking_is_an_answer(pulssi: Terminal) -> None:
    first = pulssi.asked("mikko", "csat", "--ticket", "T-1")
    same = pulssi.ok("ask", "--survey", "csat", "--to", "webchat:mikko", "--ticket", "T-1", "--json").json
    assert (same["invitation"], same["verdict"]["reason"]) == (first, "already_asked")
    other = pulssi.ok("ask", "--survey", "nps", "--to", "webchat:mikko", "--json").json
    assert (other["state"], other["verdict"]["reason"]) == ("suppressed", "open_question")


def test_an_opt_out_is_never_overridden(pulssi: Terminal) -> None:
    mikko = parse_address("webchat:mikko")

    async def opt_out(opened: Pulssi) -> None:
        await opened.store.record(Arrival(event_id="e1", workspace="default", address=mikko, event=OptedOut()))

    pulssi.inside(opt_out)
    said = pulssi.ok("ask", "--survey", "csat", "--to", "webchat:mikko")
    assert "has asked not to be asked again" in said.out


def test_a_person_who_asks_is_told_of_the_cap_and_it_goes_out(pulssi: Terminal) -> None:
    invitation = pulssi.asked("mikko")
    pulssi.answer(invitation, "mikko", Delivered(), ScoreChosen(5))
    said = pulssi.ok("ask", "--survey", "nps", "--to", "webchat:mikko", "--json")
    assert said.json["state"] == "scheduled"
    assert said.json["verdict"] == {"ask": True, "reason": "asked_recently", "not_before": None}
    assert "goes out all the same: this person was asked less than a day ago" in said.err


def test_a_link_asks_whoever_opens_it(pulssi: Terminal) -> None:
    link = pulssi.ok("ask", "--survey", "csat", "--to", "webchat:new", "--json").json["link"]
    assert link.startswith("http://127.0.0.1:8080/chat#link=")
    elsewhere = pulssi.ok("ask", "--survey", "csat", "--to", "webchat:new", "--json", "--workspace", "shop").json
    assert elsewhere["link"].startswith("http://127.0.0.1:8080/chat?workspace=shop#link=")


def test_the_link_is_on_the_public_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulssi = Terminal(tmp_path, monkeypatch, PULSSI_PUBLIC_URL="https://chat.example/")
    said = pulssi.ok("ask", "--survey", "csat", "--to", "webchat:new")
    assert "https://chat.example/chat#link=" in said.out


def test_everything_about_the_interaction_is_kept(pulssi: Terminal) -> None:
    invitation = pulssi.asked(
        "mikko", "csat", "--ticket", " T-1 ", "--subject", "VAT", "--agent", "Anna", "--team", "Billing",
        "--tag", "vat", "--tag", "urgent|vat", "--touchpoint", "chat", "--locale", "fi-FI",
    )  # fmt: skip

    async def look(opened: Pulssi) -> None:
        async with opened.store.reading() as uow:
            found = (await uow.invitations.load([invitation]))[invitation]
        about = found.interaction
        assert (about.ticket, about.subject, about.agent, about.team) == ("T-1", "VAT", "Anna", "Billing")
        assert (about.tags, about.touchpoint, found.locale, found.by) == (("vat", "urgent"), "chat", "fi", "cli")

    pulssi.inside(look)


def test_a_test_goes_out_and_enters_no_figure(pulssi: Terminal) -> None:
    pulssi.answered("mikko", 5)
    pulssi.answered("mikko", 1, "", "--test")
    assert pulssi.ok("kpi", "--survey", "csat", "--json").json["n"] == 1


def test_cancel_takes_a_question_back_once(pulssi: Terminal) -> None:
    invitation = pulssi.asked("mikko")
    pulssi.ok("cancel", invitation)
    assert pulssi("cancel", "nothing").code == 2
    assert pulssi("cancel", pulssi.answered("sanna", 5)).code == 2
    assert pulssi.ok("ask", "--survey", "csat", "--to", "webchat:mikko", "--json").json["state"] == "scheduled"


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "--survey", "zzz", "--to", "webchat:mikko"],
        ["ask", "--survey", "csat", "--to", "mikko"],
        ["ask", "--survey", "csat", "--to", "telegram:123"],
        ["ask", "--survey", "csat"],
        ["ask", "--survey", "csat", "--to", "webchat:mikko", "--team", "x" * 201],
        ["ask", "--survey", "csat", "--to", "webchat:mikko", "--agent", "\udc80"],
        ["ask", "--survey", "csat", "--to", "webchat:mikko", "--workspace", "Ääkköset"],
        ["nonsense"],
    ],
)
def test_wrong_use_is_exit_code_two(pulssi: Terminal, arguments: list[str]) -> None:
    said = pulssi(*arguments)
    assert said.code == 2
    assert said.err
    assert not said.out


def test_a_bad_setting_is_exit_code_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = Terminal(tmp_path, monkeypatch, PULSSI_TIMEZONE="Helsinki")("kpi", "--survey", "csat")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "PULSSI_TIMEZONE" in said.err


def test_a_database_that_is_away_is_exit_code_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = "postgresql://nobody:secret@127.0.0.1:1/nothing"
    said = Terminal(tmp_path, monkeypatch, PULSSI_DATABASE_URL=away)("kpi", "--survey", "csat")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "secret" not in said.err


async def test_a_server_is_seen_while_it_is_there(database_url: str) -> None:
    assert not await anyone_serving(database_url)
    async with present(database_url):
        assert await anyone_serving(database_url)
        async with present(database_url):
            assert await anyone_serving(database_url)
        assert await anyone_serving(database_url)
    async with asyncio.timeout(5):
        while await anyone_serving(database_url):
            pass  # PostgreSQL takes a moment to notice that a connection is closed


def test_beside_a_server_nothing_is_said_of_waiting(pulssi: Terminal) -> None:
    pulssi.ok("migrate")
    url = "sqlite:///var/pulssi.db"
    loop = asyncio.new_event_loop()
    server = present(url)
    loop.run_until_complete(server.__aenter__())
    try:
        assert "No server" not in pulssi.ok("ask", "--survey", "csat", "--to", "webchat:mikko").err
    finally:
        loop.run_until_complete(server.__aexit__(None, None, None))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
