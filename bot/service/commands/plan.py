"""What a member has chosen of a question so far, kept between two presses."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from bot.address import Address
from bot.service.commands.talk import Talk
from bot.values import replace

DRAFT_LIVES: Final = timedelta(hours=1)
_LONGEST_ID: Final = 20  # a button's value holds it beside the choice: 60 bytes in all


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be meant; `seen` is the local day of the last contact, as ISO 8601 has it, if known.

    `locale` is told by the platform of somebody whose message was replied to.
    """

    address: Address
    name: str = ""
    seen: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`by_link` asks whoever opens a link. `surveys` and `people` are what the buttons count through.

    `is_message`: the ticket is a message, whose number tells nobody anything. `warned`: it was told that the person was
    asked recently.
    """

    survey: str = ""
    to: Candidate | None = None
    ticket: str = ""
    subject: str = ""
    agent: str = ""
    team: str = ""
    tags: tuple[str, ...] = ()
    is_message: bool = False
    by_link: bool = False
    warned: bool = False
    surveys: tuple[str, ...] = ()
    people: tuple[Candidate, ...] = ()

    def about(self, person: Candidate) -> "Plan":
        return replace(self, to=person, people=())


def new_draft(talk: Talk) -> str:
    return talk.context.ids.new()[:_LONGEST_ID]


async def keep(talk: Talk, draft: str, plan: Plan) -> None:
    """Under the same id until its time is over; only this member reads it again."""
    expires_at = talk.now + DRAFT_LIVES
    await talk.uow.members.add_draft(draft, talk.workspace, talk.known().id, asdict(plan), expires_at)


async def kept(talk: Talk, draft: str) -> Plan | None:
    """This member's own; None when there is none, or its time is over."""
    body = await talk.uow.members.draft(draft, talk.known().id, talk.now)
    return None if body is None else _plan(body)


def _plan(body: dict[str, Any]) -> Plan:
    to = body["to"]
    found = {
        "to": None if to is None else _candidate(to),
        "surveys": tuple(body["surveys"]),
        "tags": tuple(body.get("tags", ())),
        "people": tuple(_candidate(one) for one in body["people"]),
    }
    return Plan(**{**body, **found})


def _candidate(body: dict[str, Any]) -> Candidate:
    return Candidate(Address(**body["address"]), body["name"], body["seen"], body["locale"])
