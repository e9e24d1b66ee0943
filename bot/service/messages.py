"""Turns what a conversation decided to show into the messages that people read, each where only they can read it."""

from collections.abc import Callable, Iterable, Mapping

from bot import endings, prompts
from bot.business import Business
from bot.channels import traits
from bot.invitation import Invitation
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import UNSAID, Action, Asker, Button, Prompt, PromptKind
from bot.steps import Sentence, View
from bot.texts import Texts, texts
from bot.values import replace
from bot.wording import sentence

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
# What time or the business brings about: nobody gets a message of their own for it, only the one they have changes.
_UNASKED = frozenset({View.CLOSED, View.EXPIRED, View.WITHDRAWN})


def shown(view: View, invitation: Invitation, business: Business) -> Prompt:
    """The invitation's message in this view, in the person's language; for that person's eyes alone."""
    spoken = texts(invitation.locale)
    prompt = with_own_data(_VIEWS[view](invitation, business.asker, spoken), invitation.channel, spoken)
    if view is View.WITHDRAWN and invitation.reason == "opted_out":
        commands = traits(invitation.channel).commands
        return replace(prompt, title=sentence(Sentence.OPTED_OUT, invitation, spoken, commands=commands))
    return prompt


def with_own_data(prompt: Prompt, channel: str, spoken: Texts) -> Prompt:
    """Beside "don't ask me again" stands what is stored, where people have no command for that."""
    here = traits(channel)
    if here.commands or not here.menus or not any(button.action is Action.STOP for button in prompt.buttons):
        return prompt
    return replace(prompt, buttons=(*prompt.buttons, prompts.own_data(spoken)))


def replacing(
    view: View, invitation: Invitation, business: Business, name: str = "", reply: str = "", *, later: bool = False
) -> list[Dispatch]:
    """What puts this view in the place of what was shown; nothing without an address or a message to replace.

    Where others read (ARCHITECTURE.md, "Who sees what"), the message there never shows score, words or an opt-out: it
    says that `name` has answered, and the view itself goes to the person alone, by `reply` where there is that way.

    `later`: in a vendor's private chat the words may be made when they are sent (`Dispatch.view`). Not for a person who
    is about to be forgotten: nothing could be made then.
    """
    address = invitation.address
    if address is None or (address.account and not invitation.message and invitation.sent_at is None):
        return []  # there is nothing to replace: it waits for the person to begin, or never went out
    if not address.shared:
        if address.account and later and not traits(address.channel).quick:
            return [_dispatch(invitation, business, UNSAID, invitation.message, reply, view)]
        return [_dispatch(invitation, business, shown(view, invitation, business), invitation.message, reply)]
    public = _public(view, invitation, business, name)
    found = [_dispatch(invitation, business, public, invitation.message)] if public is not None else []
    if address.user and (invitation.personal or view not in _UNASKED):
        own = _dispatch(invitation, business, shown(view, invitation, business), invitation.personal, reply)
        found.append(to_person_alone(own))
    return found


def to_person_alone(dispatch: Dispatch) -> Dispatch:
    """The message where only the address's user reads it: there, if the channel can do that, else in their own chat."""
    if not dispatch.address.shared:
        return dispatch
    if traits(dispatch.address.channel).whispers:
        return replace(dispatch, alone=True, message="")
    return replace(dispatch, address=dispatch.address.own)


def _dispatch(
    invitation: Invitation,
    business: Business,
    prompt: Prompt,
    message: str,
    reply: str = "",
    view: View | None = None,
) -> Dispatch:
    assert invitation.address is not None  # noqa: S101  # `replacing` looked
    return Dispatch(
        workspace=business.workspace.name,
        address=invitation.address,
        prompt=prompt,
        invitation=invitation.id,
        message=message,
        reply=reply,
        view=view,
    )


def _public(view: View, invitation: Invitation, business: Business, name: str) -> Prompt | None:
    """What the shared message becomes; None where it stays as it is."""
    if invitation.call is not None or not invitation.message:
        return None  # one person's answer to an open question, or nothing is there that could change
    spoken, answer = texts(invitation.locale), invitation.answer
    match view:
        case View.THANKS | View.KEPT if answer is not None and answer.first_at is not None:
            if answer.changed_at != answer.first_at:
                return None
            return _with_a_way_back(endings.in_public(invitation, name, spoken), invitation.channel, spoken)
        case View.EXPIRED | View.WITHDRAWN if answer is None or answer.first_at is None:
            over = _VIEWS[view](replace(invitation, answer=None), business.asker, spoken)
            return replace(over, words_wanted="")
        case _:
            return None


def _with_a_way_back(public: Prompt, channel: str, spoken: Texts) -> Prompt:
    """What one person alone sees where others read may be gone tomorrow; these buttons bring it back to that person."""
    if not traits(channel).whispers:
        return public
    change = Button(Action.CHANGE, spoken("Change"))
    return replace(public, buttons=(change, prompts.own_data(spoken)))


def forgotten(invitation: Invitation, business: Business) -> Dispatch | None:
    """What the message says of an answer whose giver is forgotten: where others read no name, else nothing of the
    answer. None where nothing of the kind stands, or where the channel's messages are rows of ours."""
    answered_there = invitation.answer is not None and invitation.answer.first_at is not None
    address = invitation.address
    if address is None or not address.account or not invitation.message or not answered_there or invitation.call:
        return None
    spoken = texts(invitation.locale)
    if address.shared:
        return _dispatch(invitation, business, endings.in_public(invitation, "", spoken), invitation.message)
    gone = endings.deleted(replace(invitation, answer=None), business.asker, spoken)
    return _dispatch(invitation, business, gone, invitation.message)


async def names_of(uow: UnitOfWork, invitations: Iterable[Invitation]) -> Mapping[str, str]:
    """By invitation, the names of those who are asked where others read; nobody else's is needed."""
    public = {i.id: i.customer for i in invitations if i.customer and i.address is not None and i.address.shared}
    known = await uow.customers.many(set(public.values()))
    return {one: known[customer].name or "" for one, customer in public.items() if customer in known}


def told(kind: Sentence, invitation: Invitation | None, locale: str, business: Business, channel: str = "") -> str:
    """A sentence for the acting person alone, in the words of their channel."""
    here = traits(invitation.channel if invitation is not None else channel)
    spoken, fields = texts(locale), not here.has_groups
    return sentence(kind, invitation, spoken, commands=here.commands, zone=business.zone, fields=fields)


def note(text: str, locale: str, invitation: str = "") -> Prompt:
    """A message that only informs."""
    return Prompt(PromptKind.INFO, texts(locale).locale, invitation, title=text)
