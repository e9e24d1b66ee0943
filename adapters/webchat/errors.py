"""What a page may have got wrong."""

from bot.errors import WrongUse


class NotOurEvent(WrongUse):
    """The body is JSON, but not an event of the protocol; says what is missing."""
