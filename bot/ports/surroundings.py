"""Time, chance and signatures: what the core may not fetch by itself."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only source of time; aware UTC."""

    def now(self) -> datetime: ...


class Ids(Protocol):
    """The only source of chance. `new` is unique for ever and grows with time; `secret` cannot be guessed."""

    def new(self) -> str: ...

    def secret(self) -> str: ...

    def code(self) -> str:
        """A one-time code that a person can type."""
        ...


class Tokens(Protocol):
    """Signed references. `read` raises `BadToken` for what we did not sign for this purpose."""

    def issue(self, purpose: str, text: str) -> str: ...

    def read(self, purpose: str, token: str) -> str: ...

    def digest(self, purpose: str, text: str) -> str:
        """A keyed hash, for look-ups of what is stored only as such."""
        ...
