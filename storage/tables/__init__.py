"""The tables. Personal data is sealed, uniqueness goes by keyed hash, and CHECKs hold what the domain promises.

Table models do not validate (SQLModel), so the constraints stand here a second time on purpose. Times are aware UTC.
"""

from sqlmodel import SQLModel

from storage.tables.asking import (
    CustomerAddressRow,
    CustomerRow,
    HistoryRow,
    InvitationRow,
    LinkRow,
    ResponseRow,
    SurveyVersionRow,
)
from storage.tables.cases import CaseMessageRow, CaseNoticeRow, LowCaseRow
from storage.tables.figures import (
    NoteRow,
    PostingRow,
    QuoteRow,
    RhythmRow,
    RollupDeltaRow,
    RollupRow,
    SummaryPostRow,
    SummaryRow,
)
from storage.tables.people import (
    ApiKeyRow,
    BotRow,
    DraftRow,
    IdempotencyRow,
    Installation,
    MemberCodeRow,
    MemberIdentityRow,
    MemberRow,
    MemberSessionRow,
    WorkspaceRow,
)
from storage.tables.sending import MessageRow, OutboxRow, ParkedRow, SeenEventRow

__all__ = [
    "TABLES",
    "ApiKeyRow",
    "BotRow",
    "CaseMessageRow",
    "CaseNoticeRow",
    "CustomerAddressRow",
    "CustomerRow",
    "DraftRow",
    "HistoryRow",
    "IdempotencyRow",
    "Installation",
    "InvitationRow",
    "LinkRow",
    "LowCaseRow",
    "MemberCodeRow",
    "MemberIdentityRow",
    "MemberRow",
    "MemberSessionRow",
    "MessageRow",
    "NoteRow",
    "OutboxRow",
    "ParkedRow",
    "PostingRow",
    "QuoteRow",
    "ResponseRow",
    "RhythmRow",
    "RollupDeltaRow",
    "RollupRow",
    "SeenEventRow",
    "SummaryPostRow",
    "SummaryRow",
    "SurveyVersionRow",
    "WorkspaceRow",
]

TABLES = SQLModel.metadata
