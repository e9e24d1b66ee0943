"""Where the owner's messages go, and what of the business each of these places is told of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from typing_extensions import override

from bot.address import Address, at_account, parse_address
from bot.errors import WrongUse
from bot.values import replace

LIMITS: Final = ("team", "tag", "touchpoint")
LONGEST_KEY: Final = 200  # characters, as those of a team in an ask
_FORM: Final = "CHANNEL:ADDRESS[?team=NAME], or ?tag=NAME, or ?touchpoint=NAME"


@dataclass(frozen=True, slots=True)
class Destination:
    """A place that reads the owner's messages; with a `limit` (one of `LIMITS`) about the group `key` of it alone.

    Written as in PULSSI_OWNER_CHANNEL: `slack:C123?team=Billing`; a comma or percent sign in the name as in a URL.
    """

    address: Address
    limit: str = ""
    key: str = ""

    def tells_of(self, team: str | None, tags: Sequence[str], touchpoint: str | None) -> bool:
        """Does an answer of this team, these tags, this touchpoint concern the place? Without a limit each does."""
        if not self.limit:
            return True
        return self.key in {"team": (team,), "tag": tuple(tags), "touchpoint": (touchpoint,)}[self.limit]

    @override
    def __str__(self) -> str:
        address = replace(self.address, user="") if self.address.shared else self.address
        return f"{address}?{self.limit}={quote(self.key, safe=' /')}" if self.limit else str(address)


def parse_destination(written: str) -> Destination:
    """One place as PULSSI_OWNER_CHANNEL has it; `WrongUse` says which forms there are."""
    address, question, limited = written.strip().partition("?")
    if not question:
        return Destination(parse_address(address))
    limit, equals, key = limited.partition("=")
    name = " ".join(unquote(key).split())
    if not equals or limit not in LIMITS or not name or len(name) > LONGEST_KEY or not name.isprintable():
        raise WrongUse(f"{written.strip()[:LONGEST_KEY]!r} limits a place to nothing known. The form is {_FORM}.")
    return Destination(parse_address(address), limit, name)


def parse_destinations(listed: str, accounts: Mapping[str, str]) -> tuple[Destination, ...]:
    """A comma list of places, at the bot or team that each channel speaks as (`accounts`, by channel).

    A place that stands there twice counts once, as it stands first: what became of its message is kept by place.
    """
    found: dict[str, Destination] = {}
    for part in listed.split(","):
        if part.strip():
            one = parse_destination(part)
            located = replace(one, address=at_account(one.address, accounts))
            found.setdefault(located.address.place, located)
    return tuple(found.values())


def doubled(places: Sequence[Destination]) -> Destination | None:
    """The first whose place stands among those before it, whatever either is limited to."""
    known: set[str] = set()
    for one in places:
        if one.address.place in known:
            return one
        known.add(one.address.place)
    return None


def listed(places: Sequence[Destination]) -> str:
    """As PULSSI_OWNER_CHANNEL has them."""
    return ",".join(str(place) for place in places)


def concerned(
    places: Sequence[Destination], team: str | None, tags: Sequence[str] = (), touchpoint: str | None = None
) -> tuple[Destination, ...]:
    """Whom an answer concerns most: the places that are limited to a group of it, else those without a limit."""
    limited = tuple(one for one in places if one.limit and one.tells_of(team, tags, touchpoint))
    return limited or tuple(one for one in places if not one.limit)
