"""`pulssi summary` and `pulssi kpi` with `--explain`, and weeks that there are not."""

from pathlib import Path

import pytest

from tests.flows.commands import Terminal


@pytest.fixture
def pulssi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("week", "reason"),
    [
        ("47", "write the year and the ISO week like 2026-W47"),
        ("2026-W00", "no week 0"),
        ("2025-W53", "2025 has the weeks 1 to 52, and no week 53"),
        ("2026-W54", "2026 has the weeks 1 to 53, and no week 54"),
        ("1999-W01", "Weeks run from 2000"),
        ("2000-W05", "2000-W05 is too early: a message tells of the 11 before it, too."),
        ("2199-W01", "has not begun; this is the week"),
        ("W\u0664\u0667", "is not a week"),
    ],
)
def test_a_week_that_there_is_not_is_refused_with_a_hint(pulssi: Terminal, week: str, reason: str) -> None:
    said = pulssi("summary", "--week", week)
    assert (said.code, said.out) == (2, "")
    assert reason in " ".join(said.err.split())


def test_week_53_of_a_year_that_has_one_is_a_week(pulssi: Terminal) -> None:
    assert "Week 53" in pulssi.ok("summary", "--week", "2020-W53").out


def test_figures_are_explained_in_the_language_of_the_business(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulssi = Terminal(tmp_path, monkeypatch, PULSSI_LOCALE="fi")
    pulssi.answered("kim", 5)
    plain, explained = (pulssi.ok("kpi", "--survey", "csat", *more).out for more in ((), ("--explain",)))
    assert "Wilsonin" not in plain
    assert "Todennäköisesti: 95 %:n luottamusväli. Osuuksille Wilsonin" in explained
    assert "Vastausprosentti: " in explained
    assert "näinä päivinä kysytyistä" in explained
    found = pulssi.ok("kpi", "--survey", "csat", "--explain", "--json").json
    assert found["n"] == 1
    assert len(found["definitions"]) == 3
    assert "definitions" not in pulssi.ok("kpi", "--survey", "csat", "--json").json


def test_a_summary_explains_what_it_shows(pulssi: Terminal) -> None:
    week = "2026-W01"
    quiet = pulssi.ok("summary", "--week", week, "--explain")
    assert quiet.out == pulssi.ok("summary", "--week", week).out
    assert pulssi.ok("summary", "--week", week, "--explain", "--json").json["definitions"] == []


@pytest.mark.parametrize(
    ("length", "words"), [(len("2026-11-17"), "People asked that day"), (len("2026-11"), "People asked that month")]
)
def test_a_day_or_a_month_is_explained_as_one(pulssi: Terminal, length: int, words: str) -> None:
    pulssi.answered("kim", 5)
    today = pulssi.ok("kpi", "--survey", "csat", "--json").json["to"]
    said = pulssi.ok("summary", "--period", today[:length], "--explain").out.partition("Likely:")[2]
    assert words in " ".join(said.split())
    assert "week" not in said


@pytest.mark.parametrize("period", ["2026", "november", "2026-13", "2026-02-30", "2026-W", "0000-01", "-", "2026-11-1"])
def test_a_period_that_there_is_not_is_refused_with_a_hint(pulssi: Terminal, period: str) -> None:
    said = pulssi("summary", f"--period={period}")
    assert (said.code, said.out) == (2, "")
    assert "Traceback" not in said.err
    assert "2026" in said.err or "0" in said.err


def test_a_survey_without_answers_has_a_definition_and_no_value(pulssi: Terminal) -> None:
    said = pulssi.ok("kpi", "--survey", "nps", "--explain")
    assert "nps: Share of 9 and 10 less share of 0 to 6." in said.out
    assert pulssi.ok("kpi", "--survey", "nps", "--json").json["value"] is None
    assert pulssi.ok("kpi", "--survey", "open", "--explain").code == 0
