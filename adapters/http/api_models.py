"""The shapes of the HTTP API: what it takes, with its limits, and what it gives."""

import json
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from bot.address import Address, parse_address
from bot.errors import WrongUse
from bot.invitation import Interaction, Invitation
from bot.policy import Trigger
from bot.ports import Recorded
from bot.service.asked import AskRequest
from bot.service.figures import GROUPINGS
from bot.steps import ScoreKept

PAGE_LIMIT: Final = 200
_DAY: Final = re.compile(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}")
_OWNER: Final = Address("webchat", "owner", user="owner")
# PostgreSQL stores no NUL; lone surrogates are refused by pydantic itself.
_NO_NUL: Final = r"^[^\x00]*$"
# A bar separates tags in CSV files.
_NO_BAR: Final = r"^[^\x00|]*$"


def _day(value: object) -> object:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("write a day of the years 2000 to 2199 like 2026-11-16")
    return value


def _moment(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("write a time with its zone like 2026-11-16T09:00:00Z")  # pydantic wants it
    return value


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time is outside the calendar") from None


def _address(value: str) -> str:
    try:
        address = parse_address(value)
    except WrongUse as error:
        raise ValueError(str(error)) from None
    if address == _OWNER:
        raise ValueError("webchat:owner is where the owner reads; ask a customer")
    return str(address)


def _filled(value: str | None) -> str | None:
    return (value or "").strip() or None


def _tags(value: list[str]) -> list[str]:
    return list(dict.fromkeys(tag.strip() for tag in value if tag.strip()))


def _text(limit: int, pattern: str = _NO_NUL) -> StringConstraints:
    return StringConstraints(max_length=limit, pattern=pattern)


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=Annotated[str, Field(pattern=rf"^{_DAY.pattern}$")])]
Slug = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Locale = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,3}$")]
Short = Annotated[Annotated[str, _text(100)] | None, AfterValidator(_filled)]
Subject = Annotated[Annotated[str, _text(200)] | None, AfterValidator(_filled)]
Tag = Annotated[str, _text(50, _NO_BAR)]
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_moment), AfterValidator(_utc)]
Attributes = Annotated[dict[Annotated[str, _text(50)], Annotated[str, _text(500)]], Field(max_length=20)]


class InvitationRequest(BaseModel):
    """Whom to ask about what. Unknown keys are refused, so that a misspelt one does not pass in silence."""

    model_config = ConfigDict(
        extra="forbid", strict=True,
        json_schema_extra={"examples": [
            {"survey": "csat", "to": "webchat:customer-42", "ticket": "4711", "agent": "Anna", "tags": ["billing"]},
        ]},
    )  # fmt: skip

    survey: Slug
    to: Annotated[str, _text(200), AfterValidator(_address)] = Field(
        description="`webchat:<visitor>`, or `webchat:new` for a one-time link; other channels likewise"
    )
    ticket: Short = Field(default=None, description="one question per survey, ticket and customer is asked, ever")
    subject: Subject = None
    agent: Short = None
    team: Short = None
    tags: Annotated[list[Tag], Field(max_length=20), AfterValidator(_tags)] = Field(default=[])
    touchpoint: Short = None
    locale: Locale | None = None
    customer_name: Short = None
    anyway: bool = Field(default=False, description="ask although this person was asked within 14 days")
    test: bool = Field(default=False, description="always goes out and enters no figure; for trying it on oneself")
    closed_at: Moment | None = Field(default=None, description="when the ticket was closed")
    attributes: Attributes = Field(default={})

    def canonical(self) -> str:
        """The same text for every spelling of the same request."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True)

    def request(self, workspace: str, by: str, *, dry_run: bool = False) -> AskRequest:
        """The ask of a program, which the frequency cap holds back."""
        about = Interaction(
            self.ticket, self.subject, self.agent, self.team, tuple(self.tags), self.touchpoint, self.closed_at,
            self.attributes,
        )  # fmt: skip
        return AskRequest(
            workspace=workspace, survey=self.survey, to=parse_address(self.to), by=by, about=about,
            trigger=Trigger.AUTOMATIC, locale=self.locale, customer_name=self.customer_name, anyway=self.anyway,
            test=self.test, dry_run=dry_run,
        )  # fmt: skip


class ResponseQuery(BaseModel):
    """Which answers: of the local days `from` to `to`, both included."""

    model_config = ConfigDict(extra="forbid")

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    cursor: Annotated[str, _text(300)] | None = Field(default=None, description="`next` of the page before")
    limit: int = Field(default=50, ge=1, le=PAGE_LIMIT)


class KpiQuery(BaseModel):
    """Whose figures; without days those of this local week to today."""

    model_config = ConfigDict(extra="forbid")

    survey: Slug
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    by: Annotated[str, Field(pattern=f"^({'|'.join(GROUPINGS)})$")] | None = None


def invitation_json(invitation: Invitation) -> dict[str, Any]:
    """An invitation with its answer, as `InvitationOut` describes it."""
    answer = invitation.answer if invitation.answered else None
    about = _about_json(invitation.interaction)
    return {
        "id": invitation.id,
        "survey": invitation.survey.slug,
        "state": invitation.state.value,
        "reason": invitation.reason,
        "origin": invitation.origin.value,
        "customer": invitation.customer,
        "to": str(invitation.address) if invitation.address else None,
        "channel": invitation.channel,
        **about,
        "locale": invitation.locale,
        "decided_at": invitation.decided_at.isoformat(),
        "sent_at": _iso(invitation.sent_at),
        "expires_at": invitation.expires_at.isoformat(),
        "score": answer.score if answer else None,
        "comment": (answer.comment or None) if answer else None,
        "answered_at": _iso(answer.first_at) if answer else None,
        "not_solved_at": _iso(invitation.answer.not_solved_at) if invitation.answer else None,
    }


def response_json(recorded: Recorded) -> dict[str, Any]:
    """An answer under the names of the CSV columns (SURFACE.md), with its history as a list."""
    invitation, answer, customer = recorded.invitation, recorded.invitation.answer, recorded.customer
    about = _about_json(invitation.interaction)
    return {
        "id": invitation.id,
        "survey": invitation.survey.slug,
        "score": answer.score if answer else None,
        "comment": (answer.comment or None) if answer else None,
        "customer": invitation.customer,
        "customer_name": customer.name if customer else None,
        "channel": invitation.channel,
        **about,
        "locale": invitation.locale,
        "sent_at": _iso(invitation.sent_at),
        "answered_at": _iso(answer.first_at) if answer else None,
        "not_solved_at": _iso(answer.not_solved_at) if answer else None,
        "history": [
            {"score": entry.score, "at": entry.at.isoformat()}
            for entry in recorded.history
            if isinstance(entry, ScoreKept)
        ],
    }


def _about_json(about: Interaction) -> dict[str, Any]:
    return {
        "ticket": about.ticket,
        "subject": about.subject,
        "agent": about.agent,
        "team": about.team,
        "tags": list(about.tags),
        "touchpoint": about.touchpoint,
        "attributes": dict(about.attributes),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
