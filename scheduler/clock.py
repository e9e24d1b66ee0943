"""The real clock."""

from datetime import UTC, datetime


class SystemClock:
    """`bot.ports.Clock` over the machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  # this is the Clock port itself
