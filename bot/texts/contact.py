"""The line of the first contact: what a person must know before the first answer."""

from bot.texts import Texts


def first_contact(business: str, privacy_url: str, texts: Texts, *, commands: bool, buttons: bool = False) -> str:
    """Which business asks, that it is voluntary, who reads it, how to stop, see and delete.

    `commands` is for the channel that has them (Telegram); elsewhere a word and the buttons do the same.
    `buttons`: they stand in the same message.
    """
    line = texts(
        "{business} sometimes asks one question after you have been in touch. Answering is voluntary. "
        "Your answers are seen by those who run the service."
    ).format(business=business or texts("The business"))
    rights = (
        texts("Your own data: /mydata · No more questions: /stop")
        if commands
        else texts("The buttons here show what is stored about you and stop further questions.")
        if buttons
        else texts("Your own data: the buttons under your answer · No more questions: write “stop”")
    )
    privacy = texts("Privacy: {address}").format(address=privacy_url) if privacy_url else ""
    return " · ".join(part for part in (f"{line} {rights}", privacy) if part)


def first_contact_short(privacy_url: str, texts: Texts, *, commands: bool) -> str:
    """The same for a group, where one person's rights are not everybody's reading."""
    line = (
        texts("Answering is voluntary, and only those who run the service see the answer. In private with me: "
              "/mydata, /stop")
        if commands
        else texts("Answering is voluntary, and only those who run the service see the answer. The buttons that you "
                   "get with it show and delete it, and stop further questions.")
    )  # fmt: skip
    privacy = texts("Privacy: {address}").format(address=privacy_url) if privacy_url else ""
    return " · ".join(part for part in (line, privacy) if part)
