"""Who a visitor is: a random id of ours, or one that the embedding site signed."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.address import OWNER, Address
from bot.errors import BadToken, ExpiredToken
from bot.ports import Clock, Ids, Tokens, UnitOfWork
from bot.workspace import Role

LIVES = timedelta(days=30)
_SIGNED_ID = re.compile(r"(?!v-)(?!(?:owner|new)\Z)[A-Za-z0-9][A-Za-z0-9._~-]{0,127}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person in a web chat; `expires_at` is the token's. `member` is who reads, in the owner's conversation alone."""

    workspace: str
    id: str
    expires_at: datetime
    member: str | None = None

    @property
    def address(self) -> Address:
        return Address("webchat", self.id, user=self.id)

    @property
    def own(self) -> Address:
        """The person's own place: the owner's conversation is read by all owners, and is nobody's own."""
        return self.address if self.member is None else members_own(self.member)


class Sessions:
    """Issues and reads visitor tokens. Nothing is stored: a token says who holds it, for 30 days."""

    def __init__(self, tokens: Tokens, clock: Clock, ids: Ids, site_secret: str | None) -> None:
        self._tokens = tokens
        self._clock = clock
        self._ids = ids
        self._site_secret = site_secret

    def anyone(self, workspace: str) -> Visitor:
        """A new random visitor; the id is an address that people copy, not a secret."""
        return self._visitor(workspace, f"v-{self._ids.code().replace('-', '')}")

    def owner(self, workspace: str, member: str) -> Visitor:
        """The owner's own conversation; only for members who proved to be owners, and while they are (`is_current`)."""
        return self._visitor(workspace, OWNER, member)

    def signed(self, workspace: str, visitor: str, expires: int, signature: str) -> Visitor:
        """Whom the embedding site vouches for: hex HMAC-SHA256 over `id.exp` with `PULSSI_WEBCHAT_SECRET`."""
        if not self._site_secret:
            raise BadToken("Signed identities need PULSSI_WEBCHAT_SECRET, the secret that this site signs with.")
        expected = hmac.new(self._site_secret.encode(), f"{visitor}.{expires}".encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise BadToken('The identity\'s signature does not fit: sign id + "." + exp with PULSSI_WEBCHAT_SECRET.')
        if not _SIGNED_ID.fullmatch(visitor):
            raise BadToken(
                "An identity is up to 128 letters, digits and . _ ~ -, does not begin with v- and is not owner or new."
            )
        if self._clock.now().timestamp() >= expires:
            raise ExpiredToken("The identity has expired: sign it again.")
        return self._visitor(workspace, visitor)

    def issue(self, visitor: Visitor) -> str:
        who = (visitor.workspace, visitor.id, str(int(visitor.expires_at.timestamp())))
        return self._tokens.issue("visitor", ":".join((*who, visitor.member) if visitor.member else who))

    def read(self, token: str) -> Visitor:
        """The visitor who holds this token; `BadToken` or `ExpiredToken` otherwise."""
        # Only we sign for this purpose, so the text has the shape that `issue` gave it.
        try:
            workspace, visitor, expires, *members = self._tokens.read("visitor", token).split(":")
        except BadToken:
            raise BadToken("This chat session is not one of ours; reload the page to begin one.") from None
        member = members[0] if members else None
        expires_at = datetime.fromtimestamp(int(expires), UTC)
        if self._clock.now() >= expires_at or (visitor == OWNER and member is None):
            raise ExpiredToken("This chat session is over; reload the page to go on.")
        return Visitor(workspace, visitor, expires_at, member)

    def renewed(self, visitor: Visitor) -> Visitor:
        """The same person for another 30 days."""
        return self._visitor(visitor.workspace, visitor.id, visitor.member)

    def _visitor(self, workspace: str, visitor: str, member: str | None = None) -> Visitor:
        return Visitor(workspace, visitor, self._clock.now() + LIVES, member)


def members_own(member: str) -> Address:
    """Where a member alone reads. The sign between is in no visitor's id, so that nobody else is ever there."""
    place = f"member:{member}"
    return Address("webchat", place, user=place)


async def is_current(visitor: Visitor, uow: UnitOfWork) -> bool:
    """Is the reader of the owner's conversation still an owner? A token outlives a membership; others are their own."""
    if visitor.member is None:
        return True
    member = await uow.members.get(visitor.member)
    return (
        member is not None
        and member.removed_at is None
        and (member.workspace, member.role) == (visitor.workspace, Role.OWNER)
    )
