"""What somebody wants to ask, and what came of it."""

from dataclasses import dataclass, field
from typing import Any

from bot.address import Address
from bot.invitation import Interaction, Invitation
from bot.policy import Trigger, Verdict
from bot.service.links import HERE, link_url
from bot.workspace import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRequest:
    """Who wants to ask whom about what. `to.is_new` asks for a one-time link instead of an address.

    With `asks_back` a person who can be asked back is told first that the customer was asked recently
    (`Asked.needs_confirmation`), and confirms by asking `anyway`.
    """

    workspace: str
    survey: str
    to: Address
    by: str
    about: Interaction = field(default_factory=Interaction)
    trigger: Trigger = Trigger.PERSON
    locale: str | None = None
    customer_name: str | None = None
    anyway: bool = False
    test: bool = False
    dry_run: bool = False
    may_ask: bool = True
    asks_back: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it. `invitation` is None for a dry run or when nothing may be written.

    `link` is what a one-time link carries: for `new`, and where the person has to begin the conversation (Telegram);
    `link_at` its whole address, unless that depends on where the web chat is reached (`link_of`).

    `needs_confirmation`: nothing was written, and the same request with `anyway` asks.
    """

    verdict: Verdict
    invitation: Invitation | None = None
    link: str | None = None
    link_at: str = ""
    customer: Customer | None = None
    repeated: bool = False
    needs_confirmation: bool = False


def asked_json(asked: Asked, link: str | None = None) -> dict[str, Any]:
    """The `ask` shape of SURFACE.md; `link` is the whole address of a one-time link."""
    decided, made = asked.verdict, asked.invitation
    return {
        "invitation": made.id if made else None,
        "state": made.state.value if made else None,
        "verdict": {
            "ask": decided.ask,
            "reason": decided.reason.value if decided.reason else None,
            "not_before": decided.not_before.isoformat() if decided.not_before else None,
        },
        "link": link,
    }


def link_of(asked: Asked, workspace: str, base: str) -> str | None:
    """The whole address of the one-time link, if there is one; `base` is where the web chat is reached."""
    if asked.link is None:
        return None
    return asked.link_at or link_url(base or HERE, workspace, asked.link)
