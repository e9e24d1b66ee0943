"""What a page may have got wrong, as HTTP status codes."""

from typing import Final

from bot.errors import BadScore, BadToken, ExpiredToken, NotAllowed, NotFound, PulssiError, StoreUnavailable


class NotOurEvent(PulssiError):
    """The body is JSON, but not an event of the protocol; says what is missing."""


_STATUS: Final[tuple[tuple[type[PulssiError], int], ...]] = (
    (BadScore, 422),
    (ExpiredToken, 403),
    (BadToken, 403),
    (NotAllowed, 403),
    (NotFound, 403),  # a token of ours for a question that is gone: as foreign as a forged one
    (StoreUnavailable, 503),
    (NotOurEvent, 422),
)


def status_of(error: PulssiError) -> int:
    """The status for an event's error (docs/webchat-protocol.md)."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
