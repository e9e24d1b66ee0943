"""Reads single answers of a week for an owner: all comments, and those in the lowest band."""

from typing import Final

from bot.business import Business
from bot.ports import Recorded, UnitOfWork
from bot.service.commented import week_comments
from bot.service.groups import Nameable
from bot.spans import Span
from bot.summary import Comment, Group
from bot.summary.masking import masked
from bot.summary_text import Answered

MOST: Final = 300


async def commented(uow: UnitOfWork, business: Business, week: Span, who: Nameable) -> list[Answered]:
    """The newest 300 with words, newest first; the words masked as in the message, the names beside them."""
    found = await week_comments(uow, business, week, who, MOST)
    invitations = await uow.invitations.load([one.invitation for one in found])
    customers = await uow.customers.many({one.customer for one in invitations.values() if one.customer})
    names = {
        one.id: customers[one.customer].name or ""
        for one in invitations.values()
        if one.customer is not None and one.customer in customers
    }
    return [Answered(one, names.get(one.invitation, "")) for one in reversed(found)]


async def low(uow: UnitOfWork, business: Business, week: Span, who: Nameable) -> list[Answered]:
    """The newest 300 in the lowest band of the version that was answered, newest first."""
    workspace = business.workspace.name
    versions = await uow.surveys.versions(workspace)
    bands = {one.id: one.survey.bad for one in versions if one.survey.scale is not None}
    found = await uow.responses.low(workspace, bands, week.first, week.last, MOST)
    return [_answered(one, business, who) for one in found]


def _answered(one: Recorded, business: Business, who: Nameable) -> Answered:
    invitation, about = one.invitation, one.invitation.interaction
    answer, scale = invitation.answer, invitation.survey.scale
    assert answer is not None  # noqa: S101  # it has a score
    assert answer.day is not None  # noqa: S101
    name = (one.customer.name if one.customer else None) or ""
    comment = Comment(
        masked(answer.comment, name),
        invitation.survey.slug,
        answer.score,
        scale.high if scale is not None else None,
        answer.day,
        about.agent,
        about.team,
        about.ticket,
        invitation.id,
        team_told=about.team is not None and who.allows(Group("team", about.team)),
    )
    return Answered(comment, name)
