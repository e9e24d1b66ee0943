"""Domain objects to rows and back, without a database at hand: what goes in comes out the same.

`row` is any row with the table's columns as attributes. Personal data is sealed by the column types, not here.
"""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final

import msgspec

from bot.invitation import OPEN, Answer, Interaction, Invitation, Origin, Part, State
from bot.steps import HistoryEntry, ScoreKept, WordsKept
from bot.surveys import Direction, Kind, Scale, Survey, Wording
from bot.workspace import Customer
from storage.codec import address_from
from storage.digests import place_digest
from storage.keys import Keyring

Values = dict[str, Any]
_STATES: Final = {one.value: one for one in State}
_ORIGINS: Final = {one.value: one for one in Origin}
UNASKED: Final = frozenset({State.SUPPRESSED, State.FAILED, State.CANCELLED})
ANSWER: Final = "answer_"  # before the response's columns where they stand beside the invitation's

_facts: Final = attrgetter(
    "workspace", "survey_id", "customer", "channel", "address", "locale", "origin", "call", "by", "interaction",
    "decided_at", "cohort_day",
)  # fmt: skip


def survey_values(workspace: str, survey: Survey, now: datetime) -> Values:
    """The columns of `survey_version` but the id; times of a survey are whole seconds."""
    return {
        "workspace": workspace,
        "slug": survey.slug,
        "version": survey.version,
        "kind": survey.kind.value,
        "direction": survey.direction.value,
        "low": survey.scale.low if survey.scale else None,
        "high": survey.scale.high if survey.scale else None,
        "good_low": survey.good[0],
        "good_high": survey.good[1],
        "bad_low": survey.bad[0],
        "bad_high": survey.bad[1],
        "wording": {locale: asdict(wording) for locale, wording in survey.wording.items()},
        "expires_seconds": int(survey.expires_after.total_seconds()),
        "editable_seconds": int(survey.editable_for.total_seconds()),
        "goal_hundredths": None if survey.goal is None else round(100 * survey.goal),
        "created_at": now,
    }


def survey_of(row: Any) -> Survey:
    return Survey(
        slug=row.slug,
        kind=Kind(row.kind),
        scale=None if row.low is None else Scale(row.low, row.high),
        good=(row.good_low, row.good_high),
        bad=(row.bad_low, row.bad_high),
        direction=Direction(row.direction),
        version=row.version,
        wording={locale: Wording(**texts) for locale, texts in row.wording.items()},
        expires_after=timedelta(seconds=row.expires_seconds),
        editable_for=timedelta(seconds=row.editable_seconds),
        goal=None if row.goal_hundredths is None else row.goal_hundredths / 100,
    )


def customer_values(customer: Customer) -> Values:
    return asdict(customer)


def customer_of(row: Any) -> Customer:
    return Customer(
        id=row.id,
        workspace=row.workspace,
        created_at=row.created_at,
        name=row.name,
        locale=row.locale,
        opted_out_at=row.opted_out_at,
        consented_at=row.consented_at,
    )


def ticket_key(keyring: Keyring, workspace: str, slug: str, ticket: str, customer: str) -> str:
    return keyring.digest("ticket", f"{workspace}|{slug}|{ticket}|{customer}")


def open_key(keyring: Keyring, customer: str) -> str:
    return keyring.digest("open", customer)


def call_key(keyring: Keyring, call: str, customer: str) -> str:
    return keyring.digest("call", f"{call}|{customer}")


def import_key(keyring: Keyring, key: str) -> str:
    return keyring.digest("import", key)


def progress_changes(before: Invitation, after: Invitation, keyring: Keyring) -> Values:
    """Those of `progress_values` that moved: what is not written touches no index, and its key is not hashed."""
    same_person = not facts_changed(before, after)
    old, new = _plain_progress(before), _plain_progress(after)
    changes: Values = {name: value for name, was, value in zip(_PROGRESS, old, new, strict=True) if value != was}
    if not (same_person and _keeps(before, UNASKED) is _keeps(after, UNASKED)):
        changes["ticket_key"] = _ticket_key(after, keyring)
    if not (same_person and _keeps(before, _NOT_OPEN) is _keeps(after, _NOT_OPEN)):
        changes["open_key"] = _open_key(after, keyring)
    return changes


def progress_values(invitation: Invitation, keyring: Keyring) -> Values:
    """The columns that move as a conversation goes on, with the keys and the due time that follow from them."""
    keys = {"ticket_key": _ticket_key(invitation, keyring), "open_key": _open_key(invitation, keyring)}
    return dict(zip(_PROGRESS, _plain_progress(invitation), strict=True)) | keys


_PROGRESS: Final = ("state", "due_at", "reason", "expires_at", "sent_at", "message", "personal", "changing")
_as_it_is: Final = attrgetter(*_PROGRESS[2:])


def _plain_progress(invitation: Invitation) -> tuple[Any, ...]:
    return (invitation.state.value, _due_at(invitation), *_as_it_is(invitation))


def facts_changed(before: Invitation, after: Invitation) -> bool:
    """Do `facts_values` differ?"""
    return bool(_facts(before) != _facts(after))


def facts_values(invitation: Invitation, keyring: Keyring) -> Values:
    """The other columns but `id` and `import_key`: who is asked what, where and about which interaction."""
    about, address = invitation.interaction, invitation.address
    return {
        "workspace": invitation.workspace,
        "survey_id": invitation.survey_id,
        "customer_id": invitation.customer,
        "channel": invitation.channel,
        "place_digest": None if address is None else place_digest(keyring, address),
        "address": address,
        "locale": invitation.locale,
        "origin": invitation.origin.value,
        "call_id": invitation.call,
        "call_key": _call_key(invitation, keyring),
        "by": invitation.by,
        "ticket": about.ticket,
        "subject": about.subject,
        "agent": about.agent,
        "team": about.team,
        "tags": list(about.tags),
        "touchpoint": about.touchpoint,
        "attributes": dict(about.attributes) or None,
        "ticket_closed_at": about.closed_at,
        "decided_at": invitation.decided_at,
        "cohort_day": invitation.cohort_day,
    }


def invitation_of(row: Any, survey: Survey) -> Invitation:
    """From the columns of `invitation` and, prefixed with `ANSWER`, those of `response`."""
    return Invitation(
        id=row.id,
        workspace=row.workspace,
        survey=survey,
        survey_id=row.survey_id,
        state=_STATES[row.state],
        decided_at=row.decided_at,
        cohort_day=row.cohort_day,
        expires_at=row.expires_at,
        reason=row.reason,
        customer=row.customer_id,
        address=None if row.address is None else address_from(row.address),
        channel=row.channel,
        locale=row.locale,
        interaction=_interaction_of(row),
        origin=_ORIGINS[row.origin],
        by=row.by,
        sent_at=row.sent_at,
        message=row.message,
        personal=row.personal,
        call=row.call_id,
        changing=row.changing,
        answer=_answer_of(row),
    )


def answer_values(invitation: Invitation, answer: Answer) -> Values:
    return {
        "invitation_id": invitation.id,
        "workspace": invitation.workspace,
        "score": answer.score,
        "parts": answer.parts or None,
        "commented": answer.commented,
        "first_at": answer.first_at,
        "day": answer.day,
        "changed_at": answer.changed_at,
        "listed_at": answer.first_at or answer.changed_at,
        "not_solved_at": answer.not_solved_at,
        "deleted_at": answer.deleted_at,
    }


def history_values(invitation: str, entry: HistoryEntry) -> Values:
    match entry:
        case ScoreKept(score, at):
            return {"invitation_id": invitation, "score": score, "words": None, "at": at}
        case WordsKept(words, at):
            return {"invitation_id": invitation, "score": None, "words": words, "at": at}


def history_of(row: Any) -> HistoryEntry | None:
    """None for an entry whose words were erased."""
    if row.score is not None:
        return ScoreKept(row.score, row.at)
    return None if row.words is None else WordsKept(row.words, row.at)


def _due_at(invitation: Invitation) -> datetime | None:
    if invitation.state in OPEN:
        return invitation.expires_at
    return invitation.editable_until if invitation.state is State.ANSWERED else None


def _ticket_key(invitation: Invitation, keyring: Keyring) -> str | None:
    ticket, customer = invitation.interaction.ticket, invitation.customer
    if not ticket or not customer or not _keeps(invitation, UNASKED):
        return None
    return ticket_key(keyring, invitation.workspace, invitation.survey.slug, ticket, customer)


def _call_key(invitation: Invitation, keyring: Keyring) -> str | None:
    if invitation.call is None or not invitation.customer:
        return None
    return call_key(keyring, invitation.call, invitation.customer)


def _open_key(invitation: Invitation, keyring: Keyring) -> str | None:
    if not invitation.customer or not _keeps(invitation, _NOT_OPEN):
        return None
    return open_key(keyring, invitation.customer)


_NOT_OPEN: Final = frozenset(State) - OPEN


def _keeps(invitation: Invitation, without: Collection[State]) -> bool:
    return invitation.origin is Origin.ASKED and invitation.state not in without


def _interaction_of(row: Any) -> Interaction:
    return Interaction(
        ticket=row.ticket,
        subject=row.subject,
        agent=row.agent,
        team=row.team,
        tags=tuple(row.tags),
        touchpoint=row.touchpoint,
        closed_at=row.ticket_closed_at,
        attributes=row.attributes or {},
    )


def _answer_of(row: Any) -> Answer | None:
    if row.answer_invitation_id is None:
        return None
    return Answer(
        score=row.answer_score,
        parts=msgspec.convert(row.answer_parts or (), tuple[Part, ...]),
        commented=row.answer_commented,
        first_at=row.answer_first_at,
        day=row.answer_day,
        changed_at=row.answer_changed_at,
        not_solved_at=row.answer_not_solved_at,
        deleted_at=row.answer_deleted_at,
    )
