"""The driver of every channel, by the name of its folder under adapters/."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from storage.keys import Keyring
from tests.contracts.channels import ChannelDriver, webchat
from tests.contracts.slack import slack
from tests.contracts.telegram import telegram

DRIVERS: dict[str, Callable[[str, Keyring], AbstractAsyncContextManager[ChannelDriver]]] = {
    "slack": slack,
    "telegram": telegram,
    "webchat": webchat,
}
