"""`pulssi customer`, `member` and `api-key`."""

from pathlib import Path

import pytest

from bot.bootstrap import Pulssi
from bot.service.membership import Joining
from tests.flows.commands import Terminal


@pytest.fixture
def pulssi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Terminal:
    return Terminal(tmp_path, monkeypatch, PULSSI_DATABASE_URL=database_url)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Where one database says enough."""
    return Terminal(tmp_path, monkeypatch)


def test_a_customer_sees_what_is_stored(small: Terminal) -> None:
    small.answered("mikko", 2, "The VAT line", "--ticket", "T-1")
    shown = small.ok("customer", "show", "webchat:mikko").out
    assert "csat, answered, 2: The VAT line" in shown
    found = small.ok("customer", "export", "webchat:mikko").json
    assert found["addresses"] == ["webchat:mikko"]
    (question,) = found["questions"]
    assert (question["score"], question["comment"], question["about"]["ticket"]) == (2, "The VAT line", "T-1")
    assert [entry.get("score") for entry in question["history"]] == [2, None]


def test_erasing_takes_the_person_and_leaves_the_figures(pulssi: Terminal) -> None:
    pulssi.answered("mikko", 2, "The VAT line")
    waiting = pulssi.asked("mikko", "nps")
    before = pulssi.ok("kpi", "--survey", "csat", "--json").json
    said = pulssi.ok("customer", "erase", "webchat:mikko", "--yes")
    assert "1 address, the words of 1 answer. 1 question taken back" in said.out
    assert pulssi("customer", "show", "webchat:mikko").code == 2
    assert pulssi.ok("kpi", "--survey", "csat", "--json").json == before
    assert "agree" in pulssi.ok("rollups", "--verify").out
    assert "VAT" not in pulssi.ok("export").out

    async def look(opened: Pulssi) -> None:
        async with opened.store.reading() as uow:
            assert (await uow.outbox.waiting("default"))["rows"] == 0
            assert (await uow.invitations.load([waiting]))[waiting].reason == "erased"

    pulssi.inside(look)


def test_an_erased_customer_of_a_file_does_not_come_back_with_it(small: Terminal) -> None:
    file = small.file("a.csv", "id,score,comment,customer,answered_at\na,5,Hello,Anna Ä,2026-11-16\n")
    small.ok("import", file, "--survey", "csat")
    small.ok("export", "--output", "out.csv")
    small.ok("customer", "erase", "import:Anna Ä", "--yes")
    for again in (file, "out.csv"):
        assert small.ok("import", again, "--survey", "csat").out.startswith("0 rows imported, 1 were there")
    assert small("customer", "show", "import:Anna Ä").code == 2


def test_nothing_is_erased_without_a_yes(small: Terminal) -> None:
    small.answered("mikko", 2)
    said = small("customer", "erase", "webchat:mikko", typed="y\n")
    assert (said.code, said.err.count("\n")) == (2, 1)
    small.ok("customer", "show", "webchat:mikko")
    assert small("customer", "erase", "webchat:nobody", "--yes").code == 2


def test_members_come_by_code_and_go_by_name(small: Terminal) -> None:
    assert "Nobody yet" in small.ok("member", "list").err
    said = small.ok("member", "add", "--role", "owner")
    code = said.out.strip()
    assert f"http://127.0.0.1:8080/chat#claim={code}" in said.err

    async def join(opened: Pulssi) -> None:
        await opened.membership.join(Joining(workspace="default", code=code, name="Olli"))

    small.inside(join)
    (member,) = small.ok("member", "list", "--json").json
    assert (member["name"], member["role"]) == ("Olli", "owner")
    assert small("member", "add", "--member", "nobody").code == 2
    small.ok("member", "add", "--member", member["id"])
    assert "Removed: Olli" in small.ok("member", "remove", "Olli").out
    assert small.ok("member", "list", "--json").json == []
    assert small("member", "remove", "Olli").code == 2


def test_a_key_is_shown_once_and_ends_when_it_is_revoked(small: Terminal) -> None:
    secret = small.ok("api-key", "create", "help desk").out.strip()
    (key,) = small.ok("api-key", "list", "--json").json
    assert (key["name"], key["revoked_at"]) == ("help desk", None)
    assert secret not in small.ok("api-key", "list").out

    async def owner(opened: Pulssi) -> str | None:
        found = await opened.membership.key_of(secret)
        return found.name if found else None

    assert small.inside(owner) == "help desk"
    small.ok("api-key", "revoke", key["id"])
    assert small.inside(owner) is None
    assert small("api-key", "revoke", key["id"]).code == 2
    assert small("api-key", "create", "").code == 2
