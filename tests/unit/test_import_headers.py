"""Which column of a file is which of ours."""

import pytest

from bot.errors import WrongUse
from bot.service.importing.headers import Columns, columns_of
from bot.service.importing.vendors import VENDORS, vendor_of


def columns(header: str, second: str = "", **given: str) -> Columns:
    return columns_of(header.split(","), second.split(",") if second else [], given)


@pytest.mark.parametrize(
    ("header", "vendor"),
    [
        ("id,survey_type,score,comment,created_at", "Delighted"),
        ("Response ID,Survey Type,Score,Comment,Created At", "Delighted"),
        ("Respondent ID,Collector ID,Start Date,End Date,How likely?", "SurveyMonkey"),
        ("RespondentID,CollectorID,StartDate,EndDate,IP Address", "SurveyMonkey"),
        ("#,How satisfied?,Start Date (UTC),Submit Date (UTC),Network ID", "Typeform"),
        ("Timestamp,How satisfied?", "Google Forms"),
        ("Aikaleima,Kuinka tyytyväinen?", "Google Forms"),
        ("Tidsstämpel,Hur nöjd?", "Google Forms"),
        ("id,ticket_id,requester_id,score", "Zendesk"),
        ("Id,Requester,Assignee,Satisfaction Score", "Zendesk"),
        ("id,survey,score,answered_at", None),
        ("Rating,When", None),
        ("Timestamp", None),
    ],
)
def test_files_are_known_by_their_headers(header: str, vendor: str | None) -> None:
    found = vendor_of(header.split(","))
    assert (found.name if found else None) == vendor


def test_every_vendor_fills_what_an_answer_needs() -> None:
    for vendor in VENDORS:
        assert "answered_at" in vendor.columns or "answered_at" in vendor.hints
        assert {"id", "answered_at"} <= vendor.columns.keys() or vendor.keyed_by or vendor.name == "Google Forms"


def test_the_owners_word_goes_first() -> None:
    header = "id,ticket_id,requester_id,score,created_at,updated_at"
    assert columns(header).headers["answered_at"] == "updated_at"
    told = columns(header, answered_at="created_at")
    assert (told.headers["answered_at"], "updated_at" in told.kept) == ("created_at", True)
    assert columns("id,survey_type,score,note,comment,created_at", comment="note").kept == ("comment (of the file)",)


def test_our_own_name_goes_before_a_vendors() -> None:
    assert columns("Timestamp,score,answered_at").names == ("Timestamp", "score", "answered_at")
    assert columns("Id,Requester,ticket,Satisfaction Score").headers["ticket"] == "ticket"


def test_a_column_may_be_named_by_its_beginning() -> None:
    header = "Timestamp,How likely are you to recommend us?,How easy was it?"
    assert columns(header, score="how likely").names == ("answered_at", "score", "How easy was it?")
    for wrong, reason in (
        ("How", "More than one column begins with 'How'"),
        ("Rating", "The file has no column 'Rating'"),
    ):
        with pytest.raises(WrongUse, match=reason):
            columns(header, score=wrong)


def test_repeated_headers_are_numbered_unless_they_are_needed() -> None:
    assert columns("Timestamp,Other,Other,Other").names == ("answered_at", "Other", "Other (2)", "Other (3)")
    for header, given in (("score,team,Team,team", {}), ("Timestamp,Q,Q", {"score": "Q"})):
        with pytest.raises(WrongUse, match=r"Line 1: the header has the column '.' more than once|more than once"):
            columns_of(header.split(","), [], given)


def test_a_second_header_row_names_the_parts_of_a_question() -> None:
    header, second = "Respondent ID,Collector ID,End Date,Which?,,What else?", ",,,Chat,Phone,Open-Ended Response"
    found = columns(header, second)
    assert found.names == ("id", "Collector ID", "answered_at", "Which?", "Which?: Phone", "What else?")
    assert found.rows == 2
    row = columns("Respondent ID,Collector ID,End Date,Which?,,What else?", "1,2,11/16/2026,Chat,,")
    assert (row.rows, row.names[4]) == (1, "")


def test_personal_data_that_no_figure_needs_is_left_out_unless_it_is_wanted() -> None:
    header = "Respondent ID,Collector ID,End Date,IP Address"
    assert (columns(header).left_out, columns(header).names[3]) == (("IP Address",), None)
    assert columns(header, customer="IP Address").left_out == ()


def test_a_header_says_that_times_are_utc() -> None:
    assert columns("#,Submit Date (UTC)").is_utc("answered_at")
    assert columns("x,Time in UTC", answered_at="Time in UTC").is_utc("answered_at")
    assert not columns("x,Executed", answered_at="Executed").is_utc("answered_at")
