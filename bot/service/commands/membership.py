"""/claim and /join take a code, /invite makes one, /whoami says who one is here."""

from typing import Final

from bot.address import Address
from bot.errors import NotAllowed
from bot.events import CommandGiven
from bot.ports import Identity
from bot.service.commands.talk import Refusal, Talk, cleaned
from bot.service.membership import AlreadyMember, Joining, Membership
from bot.texts import Texts, best_locale
from bot.workspace import Member, Role

LANGUAGES: Final = {"en": "English", "fi": "suomi", "sv": "svenska"}


class Joins:
    """Codes are used in private chats only: one that a group has read counts as leaked."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership

    async def join(self, talk: Talk, command: CommandGiven) -> None:
        """Both commands take any code. Wrong ones are not counted: a code has 60 random bits, so nobody guesses one."""
        texts, code = talk.texts, cleaned(command.argument)
        if not talk.unseen:
            said = texts("Please write this to me in private, with a new code: one that a group has read is void.")
            await self._membership.burn_in(talk.uow, talk.workspace, code)
            talk.say(said, at=talk.here)
        elif talk.is_owner and talk.business.workspace.claimed_at is not None:
            talk.say(texts("You are a member already."))
        elif not code:
            talk.say(texts("Write the code behind the command, as in /join 7k3m-q0xv-2hta."))
        else:
            self._welcome(talk, await self._joined(talk, code))

    async def _joined(self, talk: Talk, code: str) -> Member:
        person = talk.request.person
        locale = best_locale(person.locale, "")
        joining = Joining(workspace=talk.workspace, code=code, name=cleaned(person.name), locale=locale)
        identity = Identity("", talk.workspace, person.address, locale or None)
        try:
            return await self._membership.join_in(talk.uow, joining, identity)
        except AlreadyMember:
            raise Refusal(talk.texts("You are a member already.")) from None
        except NotAllowed:
            # One sentence for every reason: nobody learns by trying which codes there are.
            raise Refusal(talk.texts("This code is wrong, used or too old. Ask an owner for a new one.")) from None

    @staticmethod
    def _welcome(talk: Talk, member: Member) -> None:
        texts, business = talk.texts, talk.business.name
        of = texts("Welcome, {name}. You are now {role} of {business}.")
        words = of if business else texts("Welcome, {name}. You are now {role}.")
        title = words.format(name=member.name, role=role_words(member.role, texts), business=business)
        if member.role is Role.STAFF:
            talk.say(title, texts("/survey asks a customer, /help shows the rest."))
            return
        named = "" if talk.business.name else texts("What is your business called? Write /business Esimerkki Oy")
        talk.say(
            title,
            named,
            texts("Write /here in the chat or group where the summary is to be read."),
            texts("/settings: language, time zone, day and hour. /help shows the rest."),
        )

    async def invite(self, talk: Talk, command: CommandGiven) -> None:
        """A code goes to nobody but the owner who asked for it."""
        texts, wanted = talk.texts, cleaned(command.argument).casefold()
        if not talk.unseen:
            talk.say(texts("Please write this to me in private."), at=talk.here)
        elif wanted not in set(Role):
            talk.say(texts("Write /invite staff or /invite owner."))
        else:
            role = Role(wanted)
            code = await self._membership.invite_in(talk.uow, talk.workspace, role)
            talk.say(
                texts("A one-time code for {role}, good for 48 hours:").format(role=role_words(role, texts)),
                f"/join {code}",
                await self._sent_on(talk),
            )

    @staticmethod
    async def _sent_on(talk: Talk) -> str:
        bot = await talk.uow.bots.get(talk.own.channel, talk.own.account)
        if bot is None or not bot.username:
            return talk.texts("Send it to that person alone; they write it to me in private.")
        words = talk.texts("Send it to that person alone; they write it to @{bot} in private.")
        return words.format(bot=bot.username)


async def whoami(talk: Talk, _command: CommandGiven) -> None:
    texts, member = talk.texts, talk.member
    if member is None:
        talk.say(
            texts("You are not a member here. Members join with /join <code>."),
            _address(talk.own, texts),
            at=talk.aside,
        )
        return
    business = talk.business.name or talk.workspace
    role = texts("{role} of {business}").format(role=role_words(member.role, texts), business=business)
    language = texts("Language: {language}").format(language=LANGUAGES[texts.locale])
    talk.say(member.name, role, language, _address(talk.own, texts))


def _address(address: Address, texts: Texts) -> str:
    return texts("Address: {address}").format(address=str(address))


def role_words(role: Role, texts: Texts) -> str:
    return texts("owner") if role is Role.OWNER else texts("staff")
