"""What the export files of other survey tools look like, by their headers; docs/import.md names the sources."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.service.columns import TAG_SEPARATOR
from bot.surveys import Kind


def plain(name: str) -> str:
    """A header as it is compared: `Submit Date` and `submit_date` are one."""
    return re.sub(r"[\s-]+", "_", name.strip().casefold())


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One kind of export file. Headers are compared by `plain`.

    `marks`: the file is theirs when it has all headers of one of these sets; `first`: or when this is its first header.
    `columns`: our column and the headers that may hold it, the best first. `left_out`: personal data that no figure
    needs. `kinds`: their word for what a row answers. `odd`: words for what is no scale of ours. `doubtful`:
    kinds that they ask on scales that cannot be told apart in a short file.
    `unanswered`: scores that say that nobody answered. `words`: scores in words, and the word that stands for them.
    `keyed_by`: the column that tells rows apart where there is no id. `second_row`: the header may have one, which
    names the parts of questions. `hints`: what to say when a column is missing.
    """

    name: str
    marks: tuple[frozenset[str], ...] = ()
    first: frozenset[str] = frozenset()
    columns: Mapping[str, tuple[str, ...]]
    left_out: frozenset[str] = frozenset()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    odd: frozenset[str] = frozenset()
    doubtful: frozenset[Kind] = frozenset()
    unanswered: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)
    tag_separator: str = TAG_SEPARATOR
    keyed_by: str = ""
    second_row: bool = False
    hints: Mapping[str, str] = field(default_factory=dict)

    def fits(self, header: Sequence[str]) -> bool:
        """Is this header one of theirs?"""
        names = {plain(name) for name in header}
        begins = bool(header) and plain(header[0]) in self.first
        return (begins and len(header) > 1) or any(mark <= names for mark in self.marks)

    def named(self, header: Sequence[str], taken: frozenset[str]) -> Mapping[str, str]:
        """Which of the headers (plain) are which columns of ours; `taken` columns are named elsewhere already."""
        names = [plain(name) for name in header]
        found: dict[str, str] = {}
        for ours, theirs in self.columns.items():
            there = next((name for name in theirs if name in names), None)
            # A column that has our own name for it needs no guess.
            if there is not None and ours not in taken and (ours in theirs or ours not in names):
                found[there] = ours
        return found


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


# Delighted's API names the fields of a response (delighted.com/docs/api/listing-survey-responses), its help the scales
# (help.delighted.com/article/530-survey-types-overview): thumbs are no scale, and eNPS asks other people than NPS does.
DELIGHTED: Final = Vendor(
    name="Delighted",
    marks=(_set("survey_type", "score"), _set("permalink", "score"), _set("delighted_source", "score")),
    columns={
        "id": ("response_id", "survey_response_id", "id"),
        "survey": ("survey_type",),
        "customer": ("person_email", "email", "person_id", "person", "name"),
        "answered_at": ("created_at", "responded_at", "response_date"),
        "locale": ("locale", "language"),
    },
    left_out=_set("permalink", "ip_address", "user_agent"),
    kinds={
        "nps": Kind.NPS, "csat": Kind.CSAT, "ces": Kind.CES, "smileys": Kind.CSAT, "stars_five": Kind.CSAT,
        "5_star": Kind.CSAT,
    },
    odd=_set("thumbs", "pmf", "enps"),
    doubtful=frozenset({Kind.CES}),  # 1 to 7 or 1 to 5 (article/534-ces-surveys)
    tag_separator=",",
)  # fmt: skip
# The header of SurveyMonkey's "All responses" file, also written without spaces; a second row names the parts of a
# question (seen in public exports: `Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,…`).
SURVEYMONKEY: Final = Vendor(
    name="SurveyMonkey",
    marks=(_set("respondent_id", "collector_id"), _set("respondentid", "collectorid")),
    columns={
        "id": ("respondent_id", "respondentid"),
        "answered_at": ("end_date", "enddate", "date_modified"),
        "customer": ("email_address",),
    },
    left_out=_set("ip_address"),
    second_row=True,
)
# Typeform's results file ends with `Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags`;
# `#` is the response's token (the Responses API's `token`; typeform.com/developers/responses).
TYPEFORM: Final = Vendor(
    name="Typeform",
    marks=(_set("#", "submit_date_(utc)"), _set("token", "submitted_at")),
    columns={"id": ("#", "token"), "answered_at": ("submit_date_(utc)", "submitted_at")},
    left_out=_set("network_id"),
    tag_separator=",",
)
# Google Forms' first column is the time, in the language of the form; the others are the questions as they were asked.
GOOGLE_FORMS: Final = Vendor(
    name="Google Forms",
    first=_set("timestamp", "aikaleima", "tidsstämpel", "tidstämpel", "zeitstempel", "horodateur", "marca_temporal"),
    columns={
        "answered_at": (
            "timestamp", "aikaleima", "tidsstämpel", "tidstämpel", "zeitstempel", "horodateur", "marca_temporal",
        ),
        "customer": ("email_address", "username"),
    },
)  # fmt: skip
_ZENDESK_UNANSWERED: Final = _set("offered", "unoffered", "not offered", "not_offered", "-", "null")
_ZENDESK_WORDS: Final = {
    "good": "good", "good with comment": "good", "good_with_comment": "good", "good_without_comment": "good",
    "bad": "bad", "bad with comment": "bad", "bad_with_comment": "bad", "bad_without_comment": "bad",
}  # fmt: skip
# The fields of a satisfaction rating (developer.zendesk.com, "Satisfaction Ratings"). A rating exists from the moment
# that it is offered, so the time of the answer is that of its last update.
ZENDESK_RATINGS: Final = Vendor(
    name="Zendesk",
    marks=(_set("score", "ticket_id", "requester_id"), _set("score", "ticket_id", "assignee_id")),
    columns={
        "id": ("id",),
        "ticket": ("ticket_id",),
        "agent": ("assignee", "assignee_name", "assignee_id"),
        "team": ("group", "group_name", "group_id"),
        "customer": ("requester_email", "requester", "requester_id"),
        "answered_at": ("updated_at", "created_at"),
    },
    left_out=_set("url"),
    unanswered=_ZENDESK_UNANSWERED,
    words=_ZENDESK_WORDS,
)
# The ticket export has one row per ticket, with the rating and without its time.
ZENDESK_TICKETS: Final = Vendor(
    name="Zendesk",
    marks=(_set("satisfaction_score", "requester"), _set("satisfaction_score", "assignee"),
           _set("ticket_satisfaction_rating")),
    columns={
        "ticket": ("id", "ticket_id"),
        "score": ("satisfaction_score", "ticket_satisfaction_rating"),
        "comment": ("satisfaction_comment", "ticket_satisfaction_comment"),
        "agent": ("assignee", "assignee_name"),
        "team": ("group", "ticket_group"),
        "customer": ("requester_email", "requester", "requester_name"),
    },
    unanswered=_ZENDESK_UNANSWERED,
    words=_ZENDESK_WORDS,
    tag_separator=" ",
    keyed_by="ticket",
    hints={
        "answered_at": " A ticket export has no time of the rating; the nearest is --column answered_at='Solved at'.",
    },
)  # fmt: skip
VENDORS: Final = (DELIGHTED, SURVEYMONKEY, TYPEFORM, ZENDESK_RATINGS, ZENDESK_TICKETS, GOOGLE_FORMS)
KNOWN_HEADERS: Final = frozenset(
    header for vendor in VENDORS for headers in (*vendor.columns.values(), *vendor.marks) for header in headers
)


def vendor_of(header: Sequence[str]) -> Vendor | None:
    """Whose export begins with this header; None for a plain file."""
    return next((vendor for vendor in VENDORS if vendor.fits(header)), None)
