"""The first page of an app: the figures of the week for owners, what one can do here, and one's own data."""

from bot.events import CommandGiven
from bot.prompts import Action, Button, Prompt, PromptKind, own_data
from bot.service.commands.menu import commands_for
from bot.service.commands.settings import settings
from bot.service.commands.talk import Talk
from bot.service.summaries import Summaries
from bot.summary_text import to_prompt


class Home:
    """Answered in its place alone: what it shows is for whoever opened it, by their role."""

    def __init__(self, summaries: Summaries) -> None:
        self._summaries = summaries

    async def show(self, talk: Talk, command: CommandGiven) -> None:
        if not talk.request.in_place:
            return
        texts, member = talk.texts, talk.member
        if member is None:
            talk.say(
                texts("This app asks you one question now and then, after you have been in touch."),
                texts("Answering is voluntary, and only those who run the service see the answer."),
                buttons=(own_data(texts),),
            )
            return
        talk.show(self._greeting(talk), talk.own)
        if talk.is_owner:
            found = await self._summaries.week_in(talk.uow, talk.workspace, None, preview=True)
            talk.show(to_prompt(found, texts), talk.own)
            await settings(talk, command)
        role = member.role
        lines = (f"/{name} · {about}" for name, about in commands_for(role, texts))
        talk.say(texts("What you can do here"), *lines, buttons=(own_data(texts),))

    @staticmethod
    def _greeting(talk: Talk) -> Prompt:
        texts = talk.texts
        title = talk.business.name or texts("Your business has no name yet: /business Esimerkki Oy")
        button = Button(Action.FORM, texts("Ask for feedback"))
        return Prompt(PromptKind.INFO, texts.locale, title=title, buttons=(button,))
