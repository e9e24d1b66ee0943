"""What every use case is given: settings, time, chance, signatures, and which channels are on."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.address import Address, at_account
from bot.business import Business, business_of
from bot.errors import NotFound, UnknownChannel, UnknownSurvey
from bot.ports import Clock, Ids, StoredSurvey, Tokens, UnitOfWork
from bot.settings import Settings
from bot.surveys import BUILT_IN
from bot.workspace import Workspace

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of the use cases. `channels` are the names of those that are switched on.

    `learned` are accounts that no setting tells (a Slack team): by channel, as the platform has told them.
    """

    settings: Settings
    clock: Clock
    ids: Ids
    tokens: Tokens
    channels: Collection[str]
    learned: Mapping[str, str] = field(default_factory=dict)

    async def business(self, uow: UnitOfWork, name: str) -> Business:
        """The workspace with its effective settings; `NotFound` when there is none."""
        workspace = await uow.workspaces.get(name) if storable(name) else None
        if workspace is None:
            raise NotFound(f"There is no workspace {name!r}.")
        return self.business_of(workspace)

    def business_of(self, workspace: Workspace) -> Business:
        """The workspace with its effective settings."""
        return business_of(workspace, self.settings, self.accounts)

    async def survey(self, uow: UnitOfWork, workspace: str, slug: str) -> StoredSurvey:
        """The survey's newest version; `UnknownSurvey` lists those that there are."""
        found = await uow.surveys.newest(workspace, slug) if storable(slug) else None
        if found is None:
            known = sorted({stored.survey.slug for stored in await uow.surveys.versions(workspace)})
            raise UnknownSurvey(f"There is no survey {slug!r}; there are {', '.join(known)}.")
        return found

    @property
    def accounts(self) -> Mapping[str, str]:
        """The bot or team that each channel speaks as here, as far as it is known."""
        return {**self.settings.accounts, **self.learned}

    def located(self, address: Address) -> Address:
        """The address as people type it, at the bot or team that its channel speaks as here."""
        return at_account(address, self.accounts)

    def check_channel(self, address: Address) -> None:
        if address.channel not in self.channels:
            on = ", ".join(sorted(self.channels))
            raise UnknownChannel(f"The channel {address.channel!r} is not switched on here; on are: {on}.")


def storable(name: str) -> bool:
    """Can a database look for this? It refuses a whole statement for NUL (PostgreSQL) and for halves of characters."""
    return _UNSTORABLE.search(name) is None


async def ensure_workspace(uow: UnitOfWork, context: Context, name: str, *, sample: bool = False) -> Workspace:
    """The workspace, made with its built-in surveys at its first use."""
    found = await uow.workspaces.get(name)
    if found is None:
        now = context.clock.now()
        found = Workspace(name, now, sample=sample)
        await uow.workspaces.add(found)
        for survey in BUILT_IN:
            await uow.surveys.add(name, survey, now)
    return found
