"""/start with a one-time link, and /help."""

from bot.events import CommandGiven
from bot.service.asking import Asking
from bot.service.commands.menu import commands_for
from bot.service.commands.talk import Talk, cleaned
from bot.service.knowing import renamed
from bot.texts import Texts


class Starting:
    """Opens the link that brought somebody here."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def start(self, talk: Talk, command: CommandGiven) -> None:
        """In a private chat only: in a group it would tie the question to whoever was faster."""
        if not talk.request.address.private:
            return
        token, locale = cleaned(command.argument), talk.request.person.locale or ""
        outcome = await self._asking.open_link_in(talk.uow, talk.workspace, token, talk.own, locale)
        await self._meet(talk)
        words = _outcome(outcome, talk.texts)
        if words:
            talk.say(words)

    @staticmethod
    async def _meet(talk: Talk) -> None:
        """We may write there now, and staff find a customer by name."""
        await talk.uow.customers.met(talk.workspace, talk.own, talk.now)
        known = await talk.uow.customers.at(talk.workspace, talk.own, lock=True)
        if known is not None and known.name is None:
            await talk.uow.customers.change(renamed(known, cleaned(talk.request.person.name), None))


def _outcome(outcome: str, texts: Texts) -> str:
    """What the visitor reads; nothing where the question itself comes."""
    return {
        "answered": texts("You have answered this question already. Thank you."),
        "busy": texts("Another question waits for your answer above; after that, open this link again."),
        "over": texts("This question is closed. Nothing more to do."),
        "unknown": texts("This link is not valid here, or somebody else has opened it already."),
    }.get(outcome, "")


async def help_(talk: Talk, _command: CommandGiven) -> None:
    """What this person can do here, by role."""
    role = talk.member.role if talk.member else None
    talk.say(
        talk.texts("What you can do here"),
        *(f"/{name} · {about}" for name, about in commands_for(role, talk.texts)),
    )
