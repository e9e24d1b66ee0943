"""Histories of other tools come in as their own files, once, with the figures that their owners know."""

import csv
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.flows.commands import Terminal

SAMPLES = Path(__file__).parent.parent / "data" / "imports"
PERIOD = ("--from", "2026-11-16", "--to", "2026-11-22", "--json")
# Zendesk's question has two answers, so it has a survey of its own (docs/import.md).
TWO_ANSWERS = """
[[survey]]
name = "zendesk"
kind = "csat"
low = 0
high = 1
good = [1, 1]
bad = [0, 0]
"""
FORM = ("--column", "score=How satisfied", "--column", "comment=What ")
FILES = {
    "delighted.csv": [],
    "surveymonkey.csv": ["--survey", "nps", "--column", "score=How likely", "--column", "comment=What could"],
    "typeform.csv": ["--survey", "csat", *FORM],
    "google_forms.csv": ["--survey", "csat", *FORM],
    "zendesk.csv": ["--survey", "zendesk", "--score", "good=1,bad=0"],
    "plain.csv": [
        "--survey", "csat", "--column", "answered_at=Päivä", "--column", "score=Arvosana", "--column",
        "comment=Kommentti", "--column", "team=Tiimi", "--date-format", "%d.%m.%Y %H.%M",
    ],
}  # fmt: skip
# What the rows say: survey -> (answers, value), and how many rows hold no answer.
FIGURES: dict[str, tuple[dict[str, tuple[int, float]], int]] = {
    "delighted.csv": ({"nps": (4, 25.0), "csat": (3, 66.7)}, 0),
    "surveymonkey.csv": ({"nps": (4, 25.0)}, 1),
    "typeform.csv": ({"csat": (4, 75.0)}, 1),
    "google_forms.csv": ({"csat": (4, 50.0)}, 0),
    "zendesk.csv": ({"zendesk": (4, 75.0)}, 2),
    "plain.csv": ({"csat": (3, 66.7)}, 0),
}


@pytest.fixture
def pulssi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Terminal:
    return Terminal(tmp_path, monkeypatch, PULSSI_DATABASE_URL=database_url, PULSSI_TIMEZONE="Europe/Helsinki")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Where one database says enough."""
    return Terminal(tmp_path, monkeypatch, PULSSI_TIMEZONE="Europe/Helsinki")


def prepared(terminal: Terminal, file: str) -> tuple[str, ...]:
    if file == "zendesk.csv":
        terminal.ok("surveys", "apply", terminal.file("zendesk.toml", TWO_ANSWERS))
    return ("import", str(SAMPLES / file), *FILES[file])


def figures(terminal: Terminal, surveys: Iterable[str]) -> dict[str, tuple[int, float | None]]:
    found = {survey: terminal.ok("kpi", "--survey", survey, *PERIOD).json for survey in surveys}
    return {survey: (one["n"], one["value"]) for survey, one in found.items()}


def exported(terminal: Terminal) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(terminal.ok("export").out)))


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_vendors_file_comes_in_once(pulssi: Terminal, file: str) -> None:
    command = prepared(pulssi, file)
    expected, unanswered = FIGURES[file]
    rows = sum(n for n, _ in expected.values())
    hold = f", {unanswered} hold no answer" if unanswered else ""
    assert pulssi.ok(*command, "--dry-run").out.startswith(
        f"{rows} rows would be imported, 0 were there already, 0 would be rejected{hold}.\n"
    )
    assert figures(pulssi, expected) == dict.fromkeys(expected, (0, None))
    assert pulssi.ok(*command).out == f"{rows} rows imported, 0 were there already, 0 rejected{hold}.\n"
    assert figures(pulssi, expected) == expected
    assert pulssi.ok(*command).out == f"0 rows imported, {rows} were there already, 0 rejected{hold}.\n"
    assert figures(pulssi, expected) == expected
    assert "agree" in pulssi.ok("rollups", "--verify").out


def test_all_of_them_together_double_nothing(small: Terminal) -> None:
    for _ in range(2):
        for file in FILES:
            small.ok(*prepared(small, file))
        assert figures(small, ("nps", "csat", "zendesk")) == {
            "nps": (8, 25.0), "csat": (14, 64.3), "zendesk": (4, 75.0),
        }  # fmt: skip


def test_times_are_those_of_the_vendor(small: Terminal) -> None:
    for file in ("surveymonkey.csv", "typeform.csv", "google_forms.csv"):
        small.ok(*prepared(small, file))
    when = {row["answered_at"] for row in exported(small)}
    assert when >= {
        "2026-11-16T07:05:14+00:00",  # SurveyMonkey's 9:05:14 AM in the workspace's zone, and Google's with GMT+2
        "2026-11-17T22:34:05+00:00",  # its 12:34:05 AM is half past midnight
        "2026-11-15T22:30:40+00:00",  # Typeform's are UTC, and Monday in Helsinki
        "2026-11-16T22:10:00+00:00",  # Google's ten past midnight with EET
    }


def test_what_no_figure_needs_is_left_out_and_the_rest_is_kept(small: Terminal) -> None:
    for file in ("delighted.csv", "surveymonkey.csv", "typeform.csv", "zendesk.csv"):
        small.ok(*prepared(small, file))
    text = small.ok("export").out
    assert not re.search(r"192\.0\.2\.|example\.com/r/|d3560842b", text)
    rows = {row["id"]: row for row in exported(small)}
    by_comment = {row["comment"]: row for row in rows.values() if row["comment"]}
    fast = by_comment["Sample: quick and friendly"]
    assert (fast["customer"], fast["tags"], fast["Plan"]) == ("anna@example.com", "fast|chat", "gold")
    assert by_comment["Sample: good"]["score"] == "4"
    form = next(row for row in rows.values() if row["tags"] == "vip|renewal")
    assert form["Other"] == "web"
    assert any(row["Other (2)"] == "blue" for row in rows.values())
    assert any(row["Which of these did you use?: Phone"] == "Phone" for row in rows.values())
    late = by_comment["Sample: took too long"]
    assert (late["ticket"], late["agent"], late["team"], late["score"]) == ("211", "135", "45", "0")


def test_a_dry_run_tells_everything_and_writes_nothing(small: Terminal) -> None:
    out = small.ok(*prepared(small, "surveymonkey.csv"), "--dry-run").out
    assert re.search(r"^nps +4 +2026-11-16 +2026-11-18 +0: 1, 8: 1, 9: 1, 10: 1$", out, re.MULTILINE)
    assert "Read as SurveyMonkey writes it" in out
    assert "answered_at from 'End Date'" in out
    assert "Kept as they are, with each answer: 'Collector ID', " in out
    assert "Left out, because no figure needs them: 'IP Address'." in out
    bad = small.file("bad.csv", "score,answered_at,Plan\n5,2026-11-16,x\n9,2026-11-16,\n8,2026-11-17,\nx,2026-11-17,\n")
    said = small("import", bad, "--survey", "csat", "--dry-run")
    assert said.code == 1
    assert re.search(r"^2 +line 3: has the score '9', and 'csat' takes 1 to 5$", said.out, re.MULTILINE)
    assert re.search(r"^1 +line 5: has the score 'x', which is not a whole number", said.out, re.MULTILINE)
    assert small.ok("export").out.count("\n") == 1


def test_good_and_bad_are_never_counted_among_one_to_five_unasked(small: Terminal) -> None:
    said = small("import", str(SAMPLES / "zendesk.csv"), "--survey", "csat")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert "Line 2 has the score 'good'" in said.err
    assert "--score good=5,bad=1" in said.err
    small.ok("import", str(SAMPLES / "zendesk.csv"), "--survey", "csat", "--score", "good=5", "--score", "bad=1")
    assert small.ok("kpi", "--survey", "csat", *PERIOD).json["histogram"] == {"1": 1, "2": 0, "3": 0, "4": 0, "5": 3}


def test_a_ticket_export_is_known_by_its_tickets(small: Terminal) -> None:
    small.ok("surveys", "apply", small.file("zendesk.toml", TWO_ANSWERS))
    rows = (
        "208,Anna,Jukka,Billing,vat refund,{},2026-11-16 09:30,Good with comment\n"
        "209,Ben,Jukka,Billing,,Closed,,Offered\n"
    )
    header = "Id,Requester,Assignee,Group,Tags,Status,Solved at,Satisfaction Score\n"
    file = small.file("tickets.csv", header + rows.format("Solved"))
    command = ("import", file, "--survey", "zendesk", "--score", "good=1,bad=0")
    refused = small(*command)
    assert (refused.code, "--column answered_at='Solved at'" in refused.err) == (2, True)
    told = (*command, "--column", "answered_at=Solved at")
    assert small.ok(*told).out == "1 rows imported, 0 were there already, 0 rejected, 1 hold no answer.\n"
    (row,) = exported(small)
    assert (row["ticket"], row["tags"], row["agent"], row["customer"]) == ("208", "vat|refund", "Jukka", "Anna")
    small.file("tickets.csv", header + rows.format("Closed"))  # the ticket moved on; the rating is the same one
    assert small.ok(*told).out.startswith("0 rows imported, 1 were there already")


def test_kinds_go_to_surveys_of_their_kind(small: Terminal) -> None:
    rows = "\n".join(f"{n},{kind},{score},1763280000" for n, (kind, score) in enumerate(
        [("nps", 9), ("csat", 5), ("smileys", 5), ("thumbs", 1), ("enps", 10)]
    ))  # fmt: skip
    file = small.file("d.csv", f"id,survey_type,score,created_at\n{rows}\n")
    said = small("import", file)
    assert (said.code, "2 rows imported" in said.out) == (1, True)
    assert "line 4: names the survey 'smileys'" in said.out
    said = small("import", file, "--survey", "csat")
    assert "line 2: answers 'nps', and --survey 'csat' is of kind csat" in said.out
    assert "line 5: answers 'thumbs', whose scores are no scale of ours" in said.out
    assert "line 6: answers 'enps'" in said.out
    assert "1 rows imported, 1 were there already, 3 rejected" in said.out


def test_the_same_number_of_two_vendors_is_two_answers(small: Terminal) -> None:
    small.ok("import", small.file("a.csv", "id,survey_type,score,created_at\n1,csat,5,1763280000\n"))
    small.ok("import", small.file("b.csv", "#,score,Submit Date (UTC)\n1,4,2025-11-16 10:00:00\n"), "--survey", "csat")
    small.ok("import", small.file("c.csv", "id,survey,score,answered_at\n1,csat,3,2025-11-16\n"))
    assert len(exported(small)) == 3


@pytest.mark.parametrize(("low", "high", "top"), [(1, 7, 5), (1, 10, 7), (0, 10, 5)])
def test_scores_of_another_scale_are_not_taken_for_low_ones(small: Terminal, low: int, high: int, top: int) -> None:
    bands = f"good = [{high}, {high}]\nbad = [{low}, {low}]\n"
    survey = f'[[survey]]\nname = "mine"\nkind = "csat"\nlow = {low}\nhigh = {high}\n{bands}'
    small.ok("surveys", "apply", small.file("s.toml", survey))
    rows = "".join(f"{n % top + 1},2026-11-16T10:00:{n:02d}\n" for n in range(20))
    file = small.file("a.csv", f"score,answered_at\n{rows}")
    said = small("import", file, "--survey", "mine")
    assert (said.code, said.out) == (2, "")
    assert f"is above {top}, and it takes {low} to {high}" in said.err
    other = small("import", file, "--survey", "mine", "--scale", f"1-{top}")
    assert (other.code, f"--scale says 1 to {top}" in other.err) == (2, True)
    assert small.ok("import", file, "--survey", "mine", "--scale", f"{low}-{high}").out.startswith("20 rows imported")


def test_ces_of_one_to_five_is_not_taken_for_one_to_seven(small: Terminal) -> None:
    file = small.file("d.csv", "id,survey_type,score,created_at\n1,ces,5,1763280000\n2,ces,1,1763280000\n")
    said = small("import", file)
    assert (said.code, "None of the 2 scores for 'ces' is above 5, and it takes 1 to 7" in said.err) == (2, True)
    small.ok("surveys", "apply", small.file("s.toml", '[[survey]]\nname = "ease"\nkind = "ces"\nlow = 1\nhigh = 5\n'))
    small.ok("import", file, "--survey", "ease")
    small.ok("import", file, "--scale", "1-7")
    assert [row["survey"] for row in exported(small)] == ["ease", "ease", "ces", "ces"]


def test_a_score_of_an_older_version_says_so(small: Terminal) -> None:
    scale = '[[survey]]\nname = "mine"\nkind = "csat"\nlow = 1\nhigh = {}\n'
    for high in (10, 5):
        small.ok("surveys", "apply", small.file("s.toml", scale.format(high)))
    said = small("import", small.file("a.csv", "survey,score,answered_at\nmine,9,2026-11-16\nmine,4,2026-11-16\n"))
    assert (said.code, "1 rows imported" in said.out) == (1, True)
    assert "line 2: has the score '9', and 'mine' takes 1 to 5 (its version 1 took 1 to 10;" in said.out


def test_a_time_zone_can_be_named(small: Terminal) -> None:
    file = small.file("a.csv", "survey,score,answered_at\ncsat,5,2026-11-16 01:00\n")
    small.ok("import", file, "--timezone", "America/New_York")
    assert exported(small)[0]["answered_at"] == "2026-11-16T06:00:00+00:00"
    for wrong in ("Mars/Olympus", "", "../etc/passwd"):
        said = small("import", file, "--timezone", wrong)
        assert (said.code, said.err.count("\n"), "--timezone" in said.err) == (2, 1, True)


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        (["03/04/2026", "05/06/2026"], "--date-format '%d/%m/%Y' or '%m/%d/%Y'"),
        (["03/04/2026 9:05 PM"], "'%d/%m/%Y %I:%M %p' or '%m/%d/%Y %I:%M %p'"),
        (["3.4.2026 09.05.10"], "'%d.%m.%Y %H.%M.%S' or '%m.%d.%Y %H.%M.%S'"),
        (["03/04/2026", "13/04/2026", "04/13/2026"], "Line 3 has the time '13/04/2026' with the day first, line 4"),
    ],
)
def test_day_and_month_are_never_guessed(small: Terminal, rows: list[str], outcome: str) -> None:
    lines = "".join(f"5,{row}\n" for row in rows)
    said = small("import", small.file("a.csv", f"score,answered_at\n{lines}"), "--survey", "csat")
    assert (said.code, said.out) == (2, "")
    assert outcome in said.err


def test_the_file_itself_settles_it(small: Terminal) -> None:
    for workspace, row, day in (("days", "13/04/2026", "2026-04-03"), ("months", "04/13/2026", "2026-03-04")):
        file = small.file("a.csv", f"survey,score,answered_at\ncsat,5,03/04/2026 12:00\ncsat,4,{row} 12:00\n")
        small.ok("import", file, "--workspace", workspace)
        rows = [
            json.loads(line)
            for line in small.ok("export", "--format", "jsonl", "--workspace", workspace).out.splitlines()
        ]
        assert any(one["answered_at"].startswith(day) and one["score"] == 5 for one in rows)


def test_a_hundred_columns_are_kept(small: Terminal) -> None:
    names = [f"Column {n}" for n in range(97)]
    file = small.file("a.csv", f"survey,score,answered_at,{','.join(names)}\ncsat,5,2026-11-16,{','.join(names)}\n")
    small.ok("import", file)
    (row,) = exported(small)
    assert [row[name] for name in names] == names


def test_a_column_that_could_be_the_score_is_named(small: Terminal) -> None:
    said = small("import", str(SAMPLES / "typeform.csv"), "--survey", "csat")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "These hold whole numbers: 'How satisfied are you with the help you got?'." in said.err
    said = small("import", str(SAMPLES / "typeform.csv"), "--survey", "csat", "--column", "score=Other")
    assert (said.code, "more than once" in said.err) == (2, True)


@pytest.mark.parametrize("option", [("--score", "good"), ("--score", "=5"), ("--score", "good=x"),
                                    ("--score", "a=1,a=2"), ("--scale", "5"), ("--scale", "5-1")])  # fmt: skip
def test_options_that_say_nothing_are_refused(small: Terminal, option: tuple[str, str]) -> None:
    said = small("import", str(SAMPLES / "plain.csv"), "--survey", "csat", *option)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


def test_a_header_alone_is_no_mistake(small: Terminal) -> None:
    said = small.ok("import", small.file("a.csv", "survey,score,answered_at\n"))
    assert said.out == "0 rows imported, 0 were there already, 0 rejected.\n"
    assert said.err.endswith("a.csv has a header and no rows.\n")
