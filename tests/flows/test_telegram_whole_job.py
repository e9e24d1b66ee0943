"""The main job in Telegram with the real program: asked, tapped, commented, counted and summed up for the owner."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.weeks import Week
from tests.flows.server import RunningServer, midday
from tests.flows.telegram import (
    OWNERS,
    SECONDS,
    TOKEN,
    WAYS,
    asked,
    exported,
    question,
    rows,
    said,
    settled,
    telegram_server,
    works,
)
from tests.flows.test_weekly_restart import born_last_week
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Chat, Message
from tests.telegram_api.server import in_thread


@dataclass(frozen=True)
class Words:
    """What people are to read, in their language."""

    asks: str
    question: str
    ends: str
    answered: str
    follow_up: str
    kept: str
    low: str
    week: str


WORDS = {
    "en": Words(
        "Esimerkki Oy asks",
        "How satisfied are you with the help you got?",
        "1 = very dissatisfied · 5 = very satisfied",
        "You answered 2 of 5. Thank you for being straight with us.",
        "What should we have done better?\nWrite it here if you like.",
        "Thank you, your words are kept.",
        "2 of 5 from Mikko",
        "Week {number}",
    ),
    "fi": Words(
        "Esimerkki Oy kysyy",
        "Kuinka tyytyväinen olet saamaasi apuun?",
        "1 = erittäin tyytymätön · 5 = erittäin tyytyväinen",
        "Vastasit 2 (asteikko 1\u20135). Kiitos, että kerroit suoraan.",
        "Mitä meidän olisi pitänyt tehdä paremmin?\nKirjoita vastauksesi tähän, jos haluat.",
        "Kiitos, viestisi on tallennettu.",
        "Mikko: 2 / 5",
        "Viikko {number}",
    ),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("language", ["en", "fi"])
@pytest.mark.parametrize("way", WAYS)
def test_from_start_to_the_week(tmp_path: Path, way: str, language: str) -> None:
    api, words = BotApi(TOKEN), WORDS[language]
    owners = api.group(OWNERS, "Omistajat")
    mikko = api.private(41, "Mikko", language)
    settings = {
        "PULSSI_LOCALE": language,
        "PULSSI_OWNER_CHANNEL": f"telegram:{OWNERS}",
        "PULSSI_BUSINESS_NAME": "Esimerkki Oy",
        "PULSSI_TIMEZONE": midday(),
    }
    with in_thread(api) as url, telegram_server(tmp_path, url, way, **settings) as server:
        works(api, server)
        mikko.start()
        api.wait(lambda: mikko.chat.from_bot, SECONDS)
        [greeting] = mikko.chat.from_bot
        assert greeting.text.startswith("Esimerkki Oy")
        assert greeting.text.count("/stop") == greeting.text.count("/mydata") == 1
        told = asked(server, mikko, "csat", "--ticket", "T-1")
        assert (told["state"], told["verdict"]["ask"]) == ("scheduled", True)
        shown = question(api, mikko)
        _reads_question(shown, words)

        tap = mikko.tap(shown, "2").wait(SECONDS)
        assert (tap.text, tap.show_alert) == ("", False)
        api.wait(lambda: words.answered in shown.text, SECONDS)
        assert words.follow_up in shown.text
        assert all(not data.startswith("s") for _, data in shown.buttons)

        mikko.write("ALV oli taas väärin")
        api.wait(lambda: words.kept in shown.text, SECONDS)
        _is_counted(server, str(told["invitation"]))
        assert mikko.chat.from_bot == [greeting, shown]

        title = server.cli("summary", "--post").stdout.splitlines()[0]
        week = _week_after_the_case(api, owners, words, title)
        assert words.week.format(number=_last_week().number) in title
        assert week.mentions == []


def _week_after_the_case(api: BotApi, owners: Chat, words: Words, title: str) -> Message:
    """The group was told of the low score when it was given; then it reads the week."""
    api.wait(lambda: len(owners.from_bot) > 1, SECONDS)
    [case, week] = owners.from_bot
    assert (case.text.splitlines()[0], week.text.splitlines()[0]) == (words.low, title)
    api.wait(lambda: "ALV oli taas väärin" in case.text, SECONDS)  # which came later than the score
    return week


def _reads_question(shown: Message, words: Words) -> None:
    assert shown.text.splitlines() == [words.question, words.asks, words.ends]
    assert [[label for label, _ in row] for row in shown.keyboard] == [["1", "2", "3", "4", "5"]]


def _is_counted(server: RunningServer, invitation: str) -> None:
    figures = said(server, "kpi", "--survey", "csat", "--json")
    assert (figures["n"], figures["value"], figures["delivered"], figures["answered"]) == (1, 0.0, 1, 1)
    [row] = exported(server)
    assert (row["id"], row["ticket"], row["channel"]) == (invitation, "T-1", "telegram")
    assert (row["score"], row["comment"]) == (2, "ALV oli taas väärin")
    assert [entry["score"] for entry in row["history"]] == [2]


def _last_week() -> Week:
    return Week.of(datetime.now(UTC).date()).previous()  # noqa: TID251  # the real process reads the real clock too


@pytest.mark.timeout(60)
@pytest.mark.parametrize("way", WAYS)
def test_a_zero_among_eleven_in_two_rows(tmp_path: Path, way: str) -> None:
    api = BotApi(TOKEN)
    mikko = api.private(41, "Mikko", "sv")
    with in_thread(api) as url, telegram_server(tmp_path, url, way) as server:
        works(api, server)
        mikko.start()
        api.wait(lambda: not api.pending_updates, SECONDS)
        asked(server, mikko, "nps")
        shown = question(api, mikko)
        labels = [[label for label, _ in row] for row in shown.keyboard[:2]]
        assert labels == [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]
        assert "0 = inte alls sannolikt · 10 = mycket sannolikt" in shown.text
        mikko.tap(shown, "0").wait(SECONDS)
        api.wait(lambda: shown.edits, SECONDS)
        assert "Du svarade 0 (skala 0\u201310)" in shown.text
        figures = said(server, "kpi", "--survey", "nps", "--json")
        assert (figures["n"], figures["value"], figures["histogram"]["0"]) == (1, -100.0, 1)


@pytest.mark.timeout(90)
def test_a_missed_week_comes_late_once_over_a_kill(tmp_path: Path) -> None:
    week = born_last_week(tmp_path)
    api = BotApi(TOKEN)
    owners = api.group(OWNERS, "Omistajat")
    settings = {
        "PULSSI_SUMMARY_AT": "mon 00:00",
        "PULSSI_LOCALE": "fi",
        "PULSSI_OWNER_CHANNEL": f"telegram:{OWNERS}",
    }
    with in_thread(api) as url, telegram_server(tmp_path, url, **settings) as server:
        api.wait(lambda: owners.from_bot, SECONDS)
        settled(server)
        server.kill()
        server.start()
        before = len(api.calls_of("getUpdates"))
        api.wait(lambda: len(api.calls_of("getUpdates")) > before, 2 * SECONDS)
        [shown] = owners.from_bot
    assert f"Viikko {week.number}" in shown.text
    assert "myöhässä" in shown.text
    assert rows(tmp_path, "SELECT week FROM summary") == [(str(week),)]
    assert rows(tmp_path, "SELECT count(*) FROM summary_post") == [(1,)]
