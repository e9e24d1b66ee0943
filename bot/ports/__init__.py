"""What the core needs from the outside, as narrow promises; `storage` and `adapters` keep them."""

from bot.ports.asking import Invitations, Saved, StoredSurvey, Surveys
from bot.ports.figures import Recorded, Responses, Rollups, Summaries, SummaryDecision
from bot.ports.people import ApiKey, ApiKeys, Code, Customers, Link, Links, Members, Workspaces
from bot.ports.sending import LEASE, Channel, Dispatch, Messages, Outbox, Receipt, StoredMessage
from bot.ports.store import Events, Job, Recorder, Store, UnitOfWork
from bot.ports.surroundings import Clock, Ids, Tokens

__all__ = [
    "LEASE",
    "ApiKey",
    "ApiKeys",
    "Channel",
    "Clock",
    "Code",
    "Customers",
    "Dispatch",
    "Events",
    "Ids",
    "Invitations",
    "Job",
    "Link",
    "Links",
    "Members",
    "Messages",
    "Outbox",
    "Receipt",
    "Recorded",
    "Recorder",
    "Responses",
    "Rollups",
    "Saved",
    "Store",
    "StoredMessage",
    "StoredSurvey",
    "Summaries",
    "SummaryDecision",
    "Surveys",
    "Tokens",
    "UnitOfWork",
    "Workspaces",
]
