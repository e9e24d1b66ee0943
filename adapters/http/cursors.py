"""Where a list of answers goes on: opaque, signed, and bound to the workspace."""

import base64
import binascii
import json
from datetime import datetime

from bot.errors import BadToken
from bot.ports import Recorded, Tokens

PURPOSE = "api-cursor"
Position = tuple[datetime, str]


def cursor_after(tokens: Tokens, workspace: str, last: Recorded) -> str | None:
    """The cursor that goes on after this answer; None for one without a time, which no list has."""
    answer = last.invitation.answer
    at = (answer.first_at or answer.changed_at) if answer else None
    if at is None:
        return None
    text = json.dumps([workspace, at.isoformat(), last.invitation.id])
    return tokens.issue(PURPOSE, base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))


def position(tokens: Tokens, workspace: str, cursor: str) -> Position:
    """`(time, id)` of the last answer seen; `BadToken` for a cursor that is not ours, or not this workspace's."""
    encoded = tokens.read(PURPOSE, cursor)
    try:
        of, at, invitation = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        found = datetime.fromisoformat(at), str(invitation)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadToken("This cursor cannot be read.") from error
    if of != workspace:
        raise BadToken("This cursor belongs to another workspace.")
    return found
