"""What the core needs from the outside, as narrow promises; `storage` and `adapters` keep them."""

from bot.ports.asking import Invitations, Ready, Saved, StoredSurvey, Surveys
from bot.ports.bots import BOT_LEASE, Bot, Bots
from bot.ports.cases import Cases, Shown, Untold
from bot.ports.figures import (
    Fate,
    Posting,
    Postings,
    Recorded,
    Responses,
    Rhythm,
    Rollups,
    Summaries,
    SummaryDecision,
)
from bot.ports.notes import Notes, StoredNote
from bot.ports.people import ApiKey, ApiKeys, Code, Contact, Customers, Identity, Link, Links, Members, Workspaces
from bot.ports.sending import LEASE, LONGEST_HOLD, Channel, Dispatch, Messages, Outbox, Reach, Receipt, StoredMessage
from bot.ports.store import Events, Job, Look, Recorder, Store, UnitOfWork
from bot.ports.surroundings import Clock, Ids, Tokens

__all__ = [
    "BOT_LEASE",
    "LEASE",
    "LONGEST_HOLD",
    "ApiKey",
    "ApiKeys",
    "Bot",
    "Bots",
    "Cases",
    "Channel",
    "Clock",
    "Code",
    "Contact",
    "Customers",
    "Dispatch",
    "Events",
    "Fate",
    "Identity",
    "Ids",
    "Invitations",
    "Job",
    "Link",
    "Links",
    "Look",
    "Members",
    "Messages",
    "Notes",
    "Outbox",
    "Posting",
    "Postings",
    "Reach",
    "Ready",
    "Receipt",
    "Recorded",
    "Recorder",
    "Responses",
    "Rhythm",
    "Rollups",
    "Saved",
    "Shown",
    "Store",
    "StoredMessage",
    "StoredNote",
    "StoredSurvey",
    "Summaries",
    "SummaryDecision",
    "Surveys",
    "Tokens",
    "UnitOfWork",
    "Untold",
    "Workspaces",
]
