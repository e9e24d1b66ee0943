"""What can go wrong, as one small tree whose messages say what to do next."""

import traceback


def described(error: BaseException) -> str:
    """What may be written down of an error: our own words, else its class and where it happened.

    Words of others may hold what people wrote, so they stand in no log and no column.
    """
    if isinstance(error, PulssiError):
        return f"{type(error).__name__}: {error}"
    steps = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{type(error).__name__}{''.join(f' in {step.name}, line {step.lineno}' for step in steps)}"


class PulssiError(Exception):
    """Anything Pulssi refuses or fails at; `str()` of it is fit for a person to read."""


class WrongUse(PulssiError):
    """The caller asked for something that cannot be; exit code 2, HTTP 4xx."""


class UnknownSurvey(WrongUse):
    """No survey of that name in the workspace."""


class UnknownChannel(WrongUse):
    """No channel of that name, or it is not switched on."""


class NotFound(WrongUse):
    """The thing named does not exist in this workspace."""


class BadScore(WrongUse):
    """A score outside the scale of its survey."""


class BadToken(WrongUse):
    """A token that we did not sign, or that was signed for somebody else."""


class ExpiredToken(BadToken):
    """A token that was ours and whose time is over."""


class NotAllowed(WrongUse):
    """The person's role does not allow this."""


class Conflict(WrongUse):
    """The same key was used before for something else, or the state does not allow the change."""


class BadSettings(PulssiError):
    """A setting that cannot be read; names the setting and what it may be."""


class StoreError(PulssiError):
    """The database said no."""


class StoreUnavailable(StoreError):
    """The database cannot be reached or written now; nothing was acknowledged, so try again."""


class DatabaseTooNew(StoreError):
    """A newer Pulssi wrote this database."""


class WrongKey(StoreError):
    """The secret key does not fit the data in this database."""


class ChannelError(PulssiError):
    """A platform did not take a message."""


class RecipientUnreachable(ChannelError):
    """The person cannot be reached at this address, and trying again will not help.

    `reason` is a short code that figures count by (`blocked`, `not_started`, `unreachable`, …), never free text.
    """

    def __init__(self, message: str, reason: str = "unreachable") -> None:
        super().__init__(message)
        self.reason = reason


class Moved(ChannelError):
    """The conversation lives on under another id (a Telegram group that became a supergroup)."""

    def __init__(self, message: str, conversation: str) -> None:
        super().__init__(message)
        self.conversation = conversation


class TryAgainLater(ChannelError):
    """The platform is busy or away; `after` is the wait that it asked for, in seconds.

    `unsure`: the platform may have taken the message all the same (the connection broke after the request was written).
    `whole`: the wait holds for everything that the bot sends, not for this message alone.
    """

    def __init__(self, message: str, after: float | None = None, *, unsure: bool = False, whole: bool = False) -> None:
        super().__init__(message)
        self.after = after
        self.unsure = unsure
        self.whole = whole
