"""The main job in Slack with the real program: claimed, asked, tapped, commented, counted, and told to the owner."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.weeks import Week
from tests.flows.server import RunningServer
from tests.flows.slack import SECONDS, WAYS, asked, labels, question, slack_server, whispered, works
from tests.flows.slack_team import is_clean
from tests.flows.telegram import rows, settled
from tests.flows.test_weekly_restart import born_last_week
from tests.slack_api.mrkdwn import texts_of
from tests.slack_api.people import Person
from tests.slack_api.places import Message
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi


@dataclass(frozen=True)
class Words:
    """What people are to read, in their language."""

    locale: str
    welcome: str
    here: str
    asks: str
    question: str
    ends: str
    first: str
    answered: str
    follow_up: str
    kept: str
    buttons: tuple[str, ...]
    week: str


WORDS = {
    "en": Words(
        "en-GB",
        "Welcome, Sofia Salo. You are now owner of Esimerkki Oy.",
        "The summary is posted here from now on.",
        "Esimerkki Oy asks",
        "How satisfied are you with the help you got?",
        "1 = very dissatisfied · 5 = very satisfied",
        "Esimerkki Oy sometimes asks one question",
        "You answered 2 of 5. Thank you for being straight with us.",
        "What should we have done better?\nWrite it here if you like.",
        "Thank you, your words are kept. They are read by those who run the service.",
        ("Change", "Not solved yet", "Delete my answer", "Don't ask me again", "What do you keep about me?"),
        "Week {number}",
    ),
    "fi": Words(
        "fi-FI",
        "Tervetuloa, Sofia Salo. Roolisi: omistaja (Esimerkki Oy).",
        "Yhteenveto lähetetään tästä lähtien tähän.",
        "Esimerkki Oy kysyy",
        "Kuinka tyytyväinen olet saamaasi apuun?",
        "1 = erittäin tyytymätön · 5 = erittäin tyytyväinen",
        "Esimerkki Oy kysyy joskus yhden kysymyksen",
        "Vastasit 2 (asteikko 1\u20135). Kiitos, että kerroit suoraan.",
        "Mitä meidän olisi pitänyt tehdä paremmin?\nKirjoita vastauksesi tähän, jos haluat.",
        "Kiitos, viestisi on tallennettu. Sen lukevat palvelusta vastaavat.",
        ("Muuta vastausta", "Asia ei ole vielä kunnossa", "Poista vastaukseni", "Älä kysy enää",
         "Mitä minusta on tallennettu?"),
        "Viikko {number}",
    ),
}  # fmt: skip


@pytest.mark.timeout(120)
@pytest.mark.parametrize("language", ["en", "fi"])
@pytest.mark.parametrize("way", WAYS)
def test_from_claim_to_the_week(tmp_path: Path, way: str, language: str) -> None:
    api, words = SlackApi(), WORDS[language]
    sofia = api.person("U0SOFIA", "Sofia Salo", words.locale)
    mikko = api.person("U0MIKKO", "Mikko Mallikas", words.locale)
    owners = api.channel("C0OWNERS", "owners", sofia)
    settings = {"PULSSI_LOCALE": language, "PULSSI_BUSINESS_NAME": "Esimerkki Oy"}
    with in_thread(api) as url, slack_server(tmp_path, url, way, **settings) as server:
        works(api, server)
        hellos = len(api.calls_of("auth.test"))
        sofia.command("/survey", f"claim {server.claim_code}", owners).wait(SECONDS)
        whispered(api, sofia, owners, words.welcome)
        sofia.command("/survey", "here", owners).wait(SECONDS)
        api.wait(lambda: any(words.here in api.seen(one) for one in owners.messages), SECONDS)

        told = asked(server, "slack:U0MIKKO", "csat", "--ticket", "T-1")
        assert (told["state"], told["verdict"]["ask"]) == ("scheduled", True)
        shown = question(api, mikko.dm)
        _reads_question(api, shown, words)
        _answers(api, mikko, shown, words)
        _is_counted(server, str(told["invitation"]))

        title = server.cli("summary", "--post").stdout.splitlines()[0]
        api.wait(lambda: [one for one in owners.messages if title in one.text], SECONDS)
        assert words.week.format(number=_last_week().number) in title
        _reads_week(api, owners.messages[-1], title)
        assert len(api.calls_of("auth.test")) <= hellos + 1  # what the program asks on its own at the start
    is_clean(api)


def _answers(api: SlackApi, mikko: Person, shown: Message, words: Words) -> None:
    """A tap, then words below it: all in the one message."""
    tap = mikko.tap(shown, "s:2").wait(SECONDS)
    assert (tap.acknowledged, tap.body) == (True, None)
    api.wait(lambda: words.answered in api.seen(shown), SECONDS)
    assert words.follow_up in api.seen(shown)
    assert labels(shown) == list(words.buttons)
    _is_read_aloud(shown)
    mikko.say("ALV oli taas väärin")
    api.wait(lambda: words.kept in api.seen(shown), SECONDS)
    assert "ALV oli taas väärin" in api.seen(shown)
    assert [one for one in mikko.sees() if one.user != mikko.id] == [shown]


def _reads_week(api: SlackApi, week: Message, title: str) -> None:
    assert week.text.splitlines()[0] == title
    assert week.blocks[0]["type"] == "header"
    _is_read_aloud(week)
    assert api.pings(week) == []


def _reads_question(api: SlackApi, shown: Message, words: Words) -> None:
    seen = api.seen(shown).splitlines()
    assert seen[:2] == [f"*{words.question}*", words.asks]
    assert seen[2:7] == ["1", "2", "3", "4", "5"]
    assert seen[7] == words.ends
    assert words.first in api.seen(shown)
    actions = [block for block in shown.blocks if block["type"] == "actions"]
    assert [len(block["elements"]) for block in actions] == [5, 2]
    assert shown.text.splitlines()[:3] == [words.question, words.asks, words.ends]
    _is_read_aloud(shown)


def _is_read_aloud(message: Message) -> None:
    """All that the blocks say but the buttons stands in the text, for notifications and screen readers."""
    for block in message.blocks:
        if block["type"] != "actions":
            for one in texts_of([block]):
                said = one["text"].strip("*") if one["type"] == "mrkdwn" else one["text"]
                assert all(line in message.text for line in said.splitlines())


def _is_counted(server: RunningServer, invitation: str) -> None:
    figures = _said(server, "kpi", "--survey", "csat", "--json")
    assert (figures["n"], figures["value"], figures["delivered"], figures["answered"]) == (1, 0.0, 1, 1)
    done = server.cli("export", "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    [row] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (row["id"], row["ticket"], row["channel"]) == (invitation, "T-1", "slack")
    assert (row["score"], row["comment"]) == (2, "ALV oli taas väärin")
    assert [entry["score"] for entry in row["history"]] == [2]


def _said(server: RunningServer, *arguments: str) -> dict[str, Any]:
    done = server.cli(*arguments)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _last_week() -> Week:
    return Week.of(datetime.now(UTC).date()).previous()  # noqa: TID251  # the real process reads the real clock too


@pytest.mark.timeout(90)
def test_all_scores_of_a_scale_stand_in_one_row(tmp_path: Path) -> None:
    api = SlackApi()
    mikko, liisa = api.person("U0MIKKO", "Mikko", "sv-SE"), api.person("U0LIISA", "Liisa", "fi-FI")
    with in_thread(api) as url, slack_server(tmp_path, url, "http") as server:
        works(api, server)
        for person in (mikko, liisa):
            person.open_home("messages")  # Slack tells somebody's language only when asked for it
        api.wait(lambda: len(api.events) == 2 and all(one.acknowledged for one in api.events), SECONDS)
        asked(server, "slack:U0MIKKO", "nps")
        shown = question(api, mikko.dm)
        assert _scores(shown) == [[str(score) for score in range(11)]]
        assert "0 = inte alls sannolikt · 10 = mycket sannolikt" in api.seen(shown)
        mikko.tap(shown, "s:0").wait(SECONDS)
        api.wait(lambda: "Du svarade 0 (skala 0\u201310)" in api.seen(shown), SECONDS)
        figures = _said(server, "kpi", "--survey", "nps", "--json")
        assert (figures["n"], figures["value"], figures["histogram"]["0"]) == (1, -100.0, 1)

        asked(server, "slack:U0LIISA", "ces")
        shown = question(api, liisa.dm)
        assert _scores(shown) == [[str(score) for score in range(1, 8)]]
        assert "1 = täysin eri mieltä · 7 = täysin samaa mieltä" in api.seen(shown)
        liisa.tap(shown, "s:7").wait(SECONDS)
        api.wait(lambda: "Vastasit 7 (asteikko 1\u20137)" in api.seen(shown), SECONDS)
        figures = _said(server, "kpi", "--survey", "ces", "--json")
        assert (figures["n"], figures["value"], figures["histogram"]["7"]) == (1, 7.0, 1)
    is_clean(api)


def _scores(message: Message) -> list[list[str]]:
    """The labels of the score buttons, a list for each block."""
    rows_of = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    scores = [[one["text"]["text"] for one in row if one["action_id"].startswith("s:")] for row in rows_of]
    return [row for row in scores if row]


@pytest.mark.timeout(90)
def test_a_missed_week_comes_late_once_over_a_kill(tmp_path: Path) -> None:
    week = born_last_week(tmp_path)
    api = SlackApi()
    owners = api.channel("C0OWNERS", "owners", api.person("U0SOFIA", "Sofia"))
    settings = {"PULSSI_SUMMARY_AT": "mon 00:00", "PULSSI_LOCALE": "fi", "PULSSI_OWNER_CHANNEL": "slack:C0OWNERS"}
    with in_thread(api) as url, slack_server(tmp_path, url, "socket", **settings) as server:
        api.wait(lambda: owners.messages, SECONDS)
        settled(server)
        server.kill()
        before = api.sockets.opened
        server.start()
        api.wait(lambda: api.sockets.opened > before, 2 * SECONDS)
        [shown] = owners.messages
    assert f"Viikko {week.number}" in shown.text
    assert "myöhässä" in shown.text
    assert rows(tmp_path, "SELECT week FROM summary") == [(str(week),)]
    assert rows(tmp_path, "SELECT count(*) FROM summary_post") == [(1,)]
    is_clean(api)
