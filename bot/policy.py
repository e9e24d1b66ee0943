"""May this person be asked now? A verdict with its reason, from facts that somebody else looked up."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Reason(StrEnum):
    """Why a question does not go out."""

    OPTED_OUT = "opted_out"
    ALREADY_ASKED = "already_asked"
    OPEN_QUESTION = "open_question"
    ASKED_RECENTLY = "asked_recently"
    NOT_A_MEMBER = "not_a_member"
    UNREACHABLE = "unreachable"


class Trigger(StrEnum):
    """Who wants to ask: a person who can confirm, or a program."""

    PERSON = "person"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ask` with `reason` set means: it goes out although that reason would hold back a program."""

    ask: bool
    reason: Reason | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the person and the ticket. Times are aware UTC; `None` is never."""

    now: datetime
    trigger: Trigger = Trigger.PERSON
    anyway: bool = False
    test: bool = False
    may_ask: bool = True
    opted_out_at: datetime | None = None
    same_ticket: str | None = None
    open_question: str | None = None
    last_asked_at: datetime | None = None
    cap: timedelta = field(default=timedelta(days=14))


def verdict(facts: Facts) -> Verdict:
    """The rules in force, strictest first; each names itself.

    Members only, then the opt-out, which nothing overrides; a test goes out after these two; the same ticket; one
    open question per person; the frequency cap, which holds back programs and is only told to people.
    """
    if not facts.may_ask:
        return Verdict(False, Reason.NOT_A_MEMBER)
    if facts.opted_out_at is not None:
        return Verdict(False, Reason.OPTED_OUT)
    if facts.test:
        return Verdict(True)
    if facts.same_ticket is not None:
        return Verdict(False, Reason.ALREADY_ASKED)
    if facts.open_question is not None:
        return Verdict(False, Reason.OPEN_QUESTION)
    return _frequency(facts)


def _frequency(facts: Facts) -> Verdict:
    if facts.last_asked_at is None or facts.now >= facts.last_asked_at + facts.cap:
        return Verdict(True)
    if facts.trigger is Trigger.PERSON or facts.anyway:
        return Verdict(True, Reason.ASKED_RECENTLY)
    return Verdict(False, Reason.ASKED_RECENTLY, facts.last_asked_at + facts.cap)
