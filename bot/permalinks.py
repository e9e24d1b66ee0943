"""Where a message stands on its platform, as an address that opens it for whoever may read there."""

import re

from bot.address import Address

_SUPERGROUP = re.compile(r"-100([1-9][0-9]*)")


def permalink(address: Address, message: str) -> str:
    """The address of the message, or nothing where the platform has none or what we know does not make one.

    Telegram has links to messages of supergroups alone, in topics too (https://core.telegram.org/api/links, "Message
    links"): a private chat has none. Slack's begin with the team's own domain, which is not stored here.
    """
    group = _SUPERGROUP.fullmatch(address.conversation)
    if address.channel != "telegram" or group is None or not message.isascii() or not message.isdigit():
        return ""
    return "/".join(part for part in ("https://t.me/c", group[1], address.thread, message) if part)
