"""Records what people do: a batch of events in one transaction, each decided in the order of its arrival."""

from bot.service.recording.recorder import Recording

__all__ = ["Recording"]
