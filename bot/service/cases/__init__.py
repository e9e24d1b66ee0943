"""Low-score cases: opened with the answer, told to the team, taken and closed by members, told to the customer."""

from bot.service.cases.noting import note_cases
from bot.service.cases.telling import Cases
from bot.service.cases.undelivered import delivered, undelivered, unwanted

__all__ = ["Cases", "delivered", "note_cases", "undelivered", "unwanted"]
