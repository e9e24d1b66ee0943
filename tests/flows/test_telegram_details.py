"""The buttons below the weekly message in Telegram, by the real program: pressed in a group, read in one's own chat."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.flows.server import RunningServer
from tests.flows.telegram import OWNERS, SECONDS, TOKEN, settled, telegram_server, works
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Message
from tests.telegram_api.people import Person
from tests.telegram_api.server import in_thread

SCORES = "Answers by score"
OWN = "You find it in your own chat with me."
EXPECTED = {
    "Comments": "“Reason 11”",
    "By team": "Billing · ",
    "12 weeks": "CSAT",
    "Low scores": "of 5 · Billing",
    "What the figures mean": "Share of answers of 4\u20135",
    "This week so far": "so far",
}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("way", ["polling", "webhook"])
def test_each_button_answers_whoever_presses_by_their_role(tmp_path: Path, way: str) -> None:
    api = BotApi(TOKEN)
    owners = api.group(OWNERS, "Omistajat")
    olli, sari, eve = (api.private(number, name, "en") for number, name in ((41, "Olli"), (42, "Sari"), (43, "Eve")))
    settings = {"PULSSI_OWNER_CHANNEL": f"telegram:{OWNERS}", "PULSSI_BUSINESS_NAME": "Esimerkki Oy"}
    with in_thread(api) as url, telegram_server(tmp_path, url, way, **settings) as server:
        works(api, server)
        _joins(api, olli, server.claim_code)
        _joins(api, sari, server.cli("member", "add", "--role", "staff").stdout.strip())
        _imported(server)
        assert server.cli("summary", "--post").returncode == 0
        api.wait(lambda: any(one.buttons for one in owners.from_bot), SECONDS)
        settled(server)
        posted = list(owners.from_bot)  # the picture stands before the words
        [week] = [one for one in posted if one.buttons]
        before = (week.text, week.edits)
        assert set(EXPECTED) <= {label for label, _ in week.buttons}
        for label, words in EXPECTED.items():
            assert words in _read(api, olli, week, label)
        _pages(api, olli, week)
        _scores(api, olli, week)
        for label in ("Comments", "Low scores"):
            assert _hint(sari, week, label) == "Only owners can do that."
        assert "CSAT" in _read(api, sari, week, "12 weeks")
        assert "“" not in _read(api, sari, week, "This week so far")
        for label in (*EXPECTED, SCORES):
            assert _hint(eve, week, label) == "Only members of the workspace can do that."
        settled(server)
        assert (week.text, week.edits) == before
        assert owners.from_bot == posted
        assert eve.chat.from_bot == []


def _joins(api: BotApi, person: Person, code: str) -> None:
    person.write(f"/claim {code}")
    api.wait(lambda: person.chat.from_bot, SECONDS)


def _imported(server: RunningServer) -> None:
    """Twelve answers of last week to a team of three, all with words; three of them are low."""
    now = datetime.now(UTC)  # noqa: TID251  # the real process reads the real clock too
    monday = now - timedelta(days=now.weekday() + 7)
    lines = ["id,survey,score,comment,agent,team,answered_at"]
    for number in range(12):
        score, agent = 1 if number % 4 == 3 else 5, ("Aino", "Eero", "Ilmari")[number % 3]
        for weeks in (0, 1):
            at = monday + timedelta(days=1 - 7 * weeks, minutes=number)
            lines.append(f"{weeks}-{number},csat,{score},Reason {number},{agent},Billing,{at.isoformat()}")
    file = server.folder / "answers.csv"
    file.write_text("\n".join(lines), "utf-8")
    done = server.cli("import", str(file))
    assert done.returncode == 0, (done.stdout, done.stderr)


def _read(api: BotApi, person: Person, week: Message, label: str) -> str:
    """What comes to the person's own chat."""
    before = len(person.chat.from_bot)
    assert _hint(person, week, label) == OWN
    api.wait(lambda: len(person.chat.from_bot) > before, SECONDS)
    return person.chat.from_bot[before].text


def _hint(person: Person, week: Message, label: str) -> str:
    return person.tap(week, label).wait(SECONDS).text


def _pages(api: BotApi, olli: Person, week: Message) -> None:
    """The second page takes the place of the first."""
    assert "12 answers · page 1 of 2" in _read(api, olli, week, "Comments")
    first = olli.chat.from_bot[-1]
    count = len(olli.chat.from_bot)
    assert olli.tap(first, "More").wait(SECONDS).text == ""
    api.wait(lambda: "page 2 of 2" in first.text, SECONDS)
    assert [label for label, _ in first.buttons] == ["Back"]
    assert len(olli.chat.from_bot) == count


def _scores(api: BotApi, olli: Person, week: Message) -> None:
    """In words, and behind them as a picture whose caption says the same."""
    count = len(olli.chat.from_bot)
    assert "CSAT, 12 answers\nSatisfied: 9 (75 %)" in _read(api, olli, week, SCORES)
    api.wait(lambda: len(olli.chat.from_bot) == count + 2, SECONDS)
    assert "By score: 1: 3, 2: 0, 3: 0, 4: 0, 5: 9." in olli.chat.from_bot[-1].caption
