"""How a file's rows are understood, and what is said of those that cannot be."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WrongUse
from bot.ports import StoredSurvey
from bot.service.columns import guarded, unguarded
from bot.service.importing.rows import LONGEST, Reading, Row
from bot.service.importing.table import Line, open_table
from bot.surveys import BUILT_IN

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SURVEYS = {survey.slug: StoredSurvey(number, survey) for number, survey in enumerate(BUILT_IN, 1)}


def reading(survey: str | None = "csat", date_format: str | None = None) -> Reading:
    return Reading(surveys=SURVEYS, zone=ZoneInfo("Europe/Helsinki"), now=NOW, survey=survey, date_format=date_format)


def row(survey: str | None = "csat", date_format: str | None = None, **cells: str) -> Row:
    line = Line(2, {"score": "4", "answered_at": "2026-11-16T12:00:00+02:00", **cells}, {})
    return reading(survey, date_format).row(line)


def lines(folder: Path, content: str | bytes, **columns: str) -> list[Line]:
    path = folder / "answers.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(open_table(path, columns).lines())


@pytest.mark.parametrize("text", ["4", " 4 ", "4.0", "4,0", "4,", "+4", "04"])
def test_a_score_is_a_whole_number_however_it_is_written(text: str) -> None:
    assert row(score=text).score == 4


@pytest.mark.parametrize("text", ["4.5", "4,5", "-1", "four", "4/5", "9", "0", "٤", "1e0", "99999"])
def test_what_the_scale_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(WrongUse, match="score"):
        row(score=text)


def test_nps_zero_is_a_score() -> None:
    assert row(survey="nps", score="0").score == 0


def test_an_open_question_takes_words_and_no_score() -> None:
    assert row(survey="open", score="", comment="fine").comment == "fine"
    with pytest.raises(WrongUse, match="words alone"):
        row(survey="open", score="3")


def test_a_row_says_something() -> None:
    with pytest.raises(WrongUse, match="neither a score nor a comment"):
        row(score="", comment="  \n")


def test_a_time_without_a_zone_is_the_workspaces() -> None:
    assert row(answered_at="2026-11-16").answered_at == datetime(2026, 11, 15, 22, 0, tzinfo=UTC)
    assert row(answered_at="2026-11-16T12:00:00Z").answered_at == datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
    found = row(date_format="%d.%m.%Y %H.%M", answered_at="16.11.2026 9.30").answered_at
    assert found == datetime(2026, 11, 16, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "16.11.2026", "yesterday", "2026-02-30", "1999-12-31", "2027-01-01", "0001-01-01"]
)
def test_a_time_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(WrongUse, match="answered_at"):
        row(answered_at=text)


@pytest.mark.parametrize("date_format", ["%d.%m. %H:%M", "%Q", "%", "", "%H:%M"])
def test_a_date_format_names_a_whole_day(date_format: str) -> None:
    with pytest.raises(WrongUse, match="--date-format"):
        reading(date_format=date_format)


def test_a_history_ends_with_the_score() -> None:
    kept = '[{"score": 2, "at": "2026-11-16T10:00:00Z"}, {"score": 4, "at": "2026-11-16T10:05:00Z"}]'
    assert [entry.score for entry in row(history=kept).history] == [2, 4]
    assert [(one.score, one.at) for one in row().history] == [(4, datetime(2026, 11, 16, 10, 0, tzinfo=UTC))]
    with pytest.raises(WrongUse, match="does not end with its score"):
        row(score="5", history=kept)


@pytest.mark.parametrize(
    "history",
    ["{", "3", "null", '[{"score": 4}]', '[{"score": 9, "at": "2026-11-16"}]', '[{"score": "4", "at": ""}]', "[1]"],
)
def test_a_history_that_is_none_is_refused(history: str) -> None:
    with pytest.raises(WrongUse):
        row(history=history)


def test_the_survey_of_the_row_and_of_the_command_are_one() -> None:
    named = Line(2, {"survey": "NPS", "score": "9", "answered_at": "2026-11-16"}, {})
    assert reading(None).row(named).survey.survey.slug == "nps"
    with pytest.raises(WrongUse, match="--survey says 'csat'"):
        reading("csat").row(named)
    unknown = Line(2, {"survey": "Support 2025", "score": "4", "answered_at": "2026-11-16"}, {})
    assert reading("csat").row(unknown).survey.survey.slug == "csat"
    with pytest.raises(WrongUse, match="Support 2025"):
        reading(None).row(unknown)


def test_a_long_name_is_refused_and_a_long_comment_is_kept() -> None:
    assert len(row(comment="x" * 20_000).comment) == 20_000
    with pytest.raises(WrongUse, match="team"):
        row(team="x" * (LONGEST + 1))
    with pytest.raises(WrongUse, match="tag"):
        row(tags="a|" + "x" * (LONGEST + 1))


def test_tags_are_told_apart_by_bars() -> None:
    assert row(tags=" a |b||a").tags == ("a", "b")


def test_rows_that_say_the_same_have_one_digest_however_they_are_written() -> None:
    same = row(score="4,0", answered_at="2026-11-16T10:00:00Z", comment="a\r\nb")
    assert same.digest() == row(comment="a\nb").digest()
    assert same.digest() != row(comment="a\nc").digest()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_usual_file_is_read(tmp_path: Path, delimiter: str, end: str, encoding: str) -> None:
    rows = [["Score", "Answered At", "COMMENT"], ["4", "2026-11-16", 'two\nlines; é, "ä"'], ["5", "2026-11-17", ""]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    first, second = lines(tmp_path, text.getvalue().encode(encoding))
    assert first.cells == {"score": "4", "answered_at": "2026-11-16", "comment": 'two\nlines; é, "ä"'}
    assert (first.number, second.number) == (2, 4)


def test_other_columns_are_kept_and_named_ones_are_ours(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, "Rating,When,Plan,Empty\n4,2026-11-16,gold,\n", score="rating", answered_at="When")
    assert line.cells == {"score": "4", "answered_at": "2026-11-16"}
    assert line.others == {"Plan": "gold"}


@pytest.mark.parametrize(
    ("content", "columns", "reason"),
    [
        (b"", {}, "is empty"),
        (b" \n\r\n", {}, "is empty"),
        (b"PK\x03\x04rest", {}, "workbook"),
        (b"\xff\xfes\x00c\x00o", {}, "utf-16"),
        (b"score,answered_at\n4,\"2026\n5,2026\n", {}, "cannot be read as CSV"),
        (b"score,answered_at\n4,\"20\"26\n", {}, "line 2"),
        (b"score,team,team\n4,a,b\n", {}, "more than once"),
        (b"score,Score\n4,4\n", {}, "Two columns"),
        (b"score,Rating\n4,4\n", {"score": "Rating"}, "Two columns"),
        (b"score,Rating\n4,4\n", {"comment": "Ratings"}, "Did you mean 'Rating'"),
        (b"score,Rating\n4,4\n", {"coment": "Rating"}, "Did you mean 'comment'"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_as_a_whole_is_refused(
    tmp_path: Path, content: bytes, columns: dict[str, str], reason: str
) -> None:
    with pytest.raises(WrongUse, match=reason):
        lines(tmp_path, content, **columns)


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    assert lines(tmp_path, "score,answered_at\n") == []


def test_a_vendors_response_id_is_the_id(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, "Response ID,score\nr1,4\n")
    assert line.cells == {"id": "r1", "score": "4"}


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(WrongUse, match="file"):
            open_table(path)


def test_bad_rows_are_named_by_their_line(tmp_path: Path) -> None:
    content = 'score,comment,\n4,"a\nb"\n\n5,c,\n3,d,value\n2,\0,\n'
    assert [(line.number, line.error) for line in lines(tmp_path, content)] == [
        (2, "has 2 cells where the header has 3"),
        (5, ""),
        (6, "has a value in a column without a name"),
        (7, "has a NUL character, which is no text"),
    ]


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n,;\"ax|"), max_size=8) | st.text(max_size=20))
def test_a_guarded_cell_runs_nowhere_and_comes_back(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(cell) == text
