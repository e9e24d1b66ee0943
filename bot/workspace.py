"""The business and its people: workspace, member, customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """An owner may do all that staff may."""

    OWNER = "owner"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A business that uses Pulssi. `settings` are what an owner set in chat; they win over the environment."""

    name: str
    created_at: datetime
    sample: bool = False
    claimed_at: datetime | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """A person on the business side."""

    id: str
    workspace: str
    name: str
    role: Role
    created_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who is asked; one customer may have several addresses."""

    id: str
    workspace: str
    created_at: datetime
    name: str | None = None
    locale: str | None = None
    opted_out_at: datetime | None = None
    consented_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FirstContact:
    """What was said to a customer at the first contact at an address, and when."""

    at: datetime
    text: str
