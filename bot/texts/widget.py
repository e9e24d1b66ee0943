"""What the web chat's own frame says: its labels and its troubles, in the visitor's language."""

from bot.texts import Texts


def widget_texts(texts: Texts) -> dict[str, str]:
    """The frame's words by the names that `widget.js` knows; `{max}` is filled in there."""
    return {
        "title": texts("Questions and answers"),
        "input": texts("Write a message"),
        "send": texts("Send"),
        "empty": texts("Nothing here yet. When something of yours has been solved, one question may come here."),
        "offline": texts("No connection right now. What you sent is kept and goes out when the connection is back."),
        "retry": texts("Not through yet. Trying again."),
        "open": texts("Open the chat"),
        "close": texts("Close the chat"),
        "you": texts("You"),
        "new": texts("New message"),
        "too_long": texts("That is a little too long: at most {max} characters, please."),
        "not_sent": texts("This was not sent."),
        "log": texts("Messages"),
        "sample": texts("Sample"),
        "alone": texts("Only you see this."),
        "dismiss": texts("Close"),
        "needed": texts("Something has to stand here."),
    }
