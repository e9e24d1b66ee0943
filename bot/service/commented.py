"""The comments of a week as the owner may read them: without the customer's name, numbers and addresses."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.business import Business
from bot.invitation import Invitation
from bot.permalinks import permalink
from bot.ports import UnitOfWork
from bot.service.groups import Nameable
from bot.spans import Span
from bot.summary import Comment, Group
from bot.summary.masking import masked
from bot.surveys import Band, Survey
from bot.values import replace

LOOKED_AT: Final = 200


async def week_comments(
    uow: UnitOfWork, business: Business, week: Span, who: Nameable, most: int = LOOKED_AT
) -> list[Comment]:
    """The newest ones, 200 unless told otherwise, oldest first; `who` says which teams may be told."""
    written = await uow.responses.commented(business.workspace.name, week.first, week.last, most)
    customers = await uow.customers.many({one.invitation.customer for one in written if one.invitation.customer})
    names = {customer: found.name for customer, found in customers.items()}
    sites = await _sites(uow, [one.invitation for one in written])
    found = [_comment(one.invitation, names.get(one.invitation.customer or ""), business, sites) for one in written]
    return [
        replace(comment, team_told=comment.team is not None and who.allows(Group("team", comment.team)))
        for comment in found
        if comment is not None
    ]


async def _sites(uow: UnitOfWork, invitations: Sequence[Invitation]) -> Mapping[str, str]:
    """By account, where the platform's own pages are; of those alone that have told."""
    accounts = {
        (one.address.channel, one.address.account) for one in invitations if one.address and one.address.account
    }
    bots = [await uow.bots.get(channel, account) for channel, account in sorted(accounts)]
    return {bot.account: bot.site for bot in bots if bot is not None and bot.site}


def _comment(invitation: Invitation, name: str | None, business: Business, sites: Mapping[str, str]) -> Comment | None:
    answer = invitation.answer
    if answer is None or not answer.parts:
        return None
    scale = invitation.survey.scale
    about, address = invitation.interaction, invitation.address
    return Comment(
        masked(answer.comment, name),
        invitation.survey.slug,
        answer.score,
        scale.high if scale is not None and answer.score is not None else None,
        answer.day or business.today(answer.parts[-1].at),
        about.agent,
        about.team,
        about.ticket,
        invitation.id,
        about.touchpoint,
        invitation.channel,
        about.tags,
        permalink(address, invitation.message, sites.get(address.account, "")) if address else "",
        band=_band(invitation.survey, answer.score),
    )


def _band(survey: Survey, score: int | None) -> Band | None:
    """In the version that was answered; the newest one may have another scale."""
    if survey.scale is None or score is None or score not in survey.scale:
        return None
    return survey.band(score)
