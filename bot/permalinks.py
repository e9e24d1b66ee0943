"""Where a message stands on its platform, as an address that opens it for whoever may read there."""

import re

from bot.address import Address

_SUPERGROUP = re.compile(r"-100([1-9][0-9]*)")
_TS = re.compile(r"[0-9]{1,20}\.[0-9]{1,10}")
# Every team has a domain below these (https://docs.slack.dev/govslack/); whatever else stands there is not followed.
_SITE = re.compile(r"https://[a-z0-9-]+(?:\.enterprise)?\.slack(?:-gov)?\.com/")


def permalink(address: Address, message: str, site: str = "") -> str:
    """The address of the message, or nothing where the platform has none or what we know does not make one.

    Telegram has links to messages of supergroups alone, in topics too (https://core.telegram.org/api/links, "Message
    links"): a private chat has none. Slack's begin with the team's own `site`, and what stands in a direct message
    opens for nobody else; the form is that of https://docs.slack.dev/reference/methods/chat.getPermalink/.
    """
    match address.channel:
        case "telegram":
            return _telegram(address, message)
        case "slack":
            return _slack(address, message, site)
        case _:
            return ""


def _telegram(address: Address, message: str) -> str:
    group = _SUPERGROUP.fullmatch(address.conversation)
    if group is None or not message.isascii() or not message.isdigit():
        return ""
    return "/".join(part for part in ("https://t.me/c", group[1], address.thread, message) if part)


def _slack(address: Address, message: str, site: str) -> str:
    if not address.shared or not _SITE.fullmatch(site) or not _TS.fullmatch(message):
        return ""
    link = f"{site}archives/{address.conversation}/p{message.replace('.', '')}"
    reply = address.thread and address.thread != message
    return f"{link}?thread_ts={address.thread}&cid={address.conversation}" if reply else link
