"""Turns what a conversation decided to show into the message that the person reads."""

from collections.abc import Callable
from dataclasses import replace

from bot import endings, prompts
from bot.business import Business
from bot.invitation import Invitation
from bot.ports import Dispatch
from bot.prompts import Asker, Prompt, PromptKind
from bot.steps import Sentence, View
from bot.texts import Texts, texts
from bot.wording import sentence

CHANNELS_WITH_COMMANDS = frozenset({"telegram"})
_VIEWS: dict[View, Callable[[Invitation, Asker, Texts], Prompt]] = {
    View.QUESTION: prompts.question,
    View.THANKS: prompts.thanks,
    View.KEPT: prompts.kept,
    View.NOT_SOLVED: endings.not_solved,
    View.CLOSED: endings.closed,
    View.EXPIRED: endings.expired,
    View.WITHDRAWN: endings.withdrawn,
    View.DELETED: endings.deleted,
}


def shown(view: View, invitation: Invitation, business: Business) -> Prompt:
    """The invitation's message in this view, in the person's language."""
    spoken = texts(invitation.locale)
    prompt = _VIEWS[view](invitation, business.asker, spoken)
    if view is View.WITHDRAWN and invitation.reason == "opted_out":
        commands = invitation.channel in CHANNELS_WITH_COMMANDS
        return replace(prompt, title=sentence(Sentence.OPTED_OUT, invitation, spoken, commands=commands))
    return prompt


def replacing(view: View, invitation: Invitation, business: Business) -> Dispatch | None:
    """The dispatch that puts this view in the place of what the message showed; None without an address."""
    if invitation.address is None:
        return None
    return Dispatch(
        workspace=invitation.workspace,
        address=invitation.address,
        prompt=shown(view, invitation, business),
        invitation=invitation.id,
        message=invitation.message,
    )


def told(kind: Sentence, invitation: Invitation | None, locale: str, business: Business) -> str:
    """A sentence for the acting person alone."""
    commands = invitation is not None and invitation.channel in CHANNELS_WITH_COMMANDS
    return sentence(kind, invitation, texts(locale), commands=commands, zone=business.zone)


def note(text: str, locale: str, invitation: str = "") -> Prompt:
    """A message that only informs."""
    return Prompt(PromptKind.INFO, texts(locale).locale, invitation, title=text)
