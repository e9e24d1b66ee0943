"""Which lines of messages to the team quote whose words, so that a line goes when the words do."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.prompts import Prompt
from bot.values import replace
from storage.codec import prompt_body, prompt_from
from storage.digests import place_digest
from storage.keys import Keyring
from storage.sql import table
from storage.tables import MessageRow, OutboxRow, PostingRow, QuoteRow

_QUOTE: Final = table(QuoteRow)
_MESSAGE: Final = table(MessageRow)
_OUTBOX: Final = table(OutboxRow)
_POSTING: Final = table(PostingRow)


async def note(
    connection: AsyncConnection,
    keyring: Keyring,
    workspace: str,
    addresses: Collection[Address],
    quotes: Sequence[tuple[str, str]],
) -> None:
    """Remembers of `(invitation, line)` pairs that the lines went to these addresses; the lines by keyed hash only."""
    rows = [
        {
            "workspace": workspace,
            "place_digest": place_digest(keyring, address),
            "invitation_id": invitation,
            "line_digest": _line_digest(keyring, line),
            "gone": False,
        }
        for address in addresses
        for invitation, line in quotes
    ]
    if rows:
        await connection.execute(insert(_QUOTE), rows)


async def of_lines(
    connection: AsyncConnection, keyring: Keyring, address: Address, lines: Sequence[str]
) -> list[tuple[str, str]]:
    """Whose words these lines quote at that place, as `(invitation, line)`; lines that are gone are left out."""
    digests = {_line_digest(keyring, line): line for line in lines}
    place = place_digest(keyring, address)
    chosen = select(_QUOTE.c.invitation_id, _QUOTE.c.line_digest).where(
        _QUOTE.c.place_digest == place, _QUOTE.c.line_digest.in_(digests), _QUOTE.c.gone.is_(False)
    )
    return [(row.invitation_id, digests[row.line_digest]) for row in await connection.execute(chosen.distinct())]


async def forget(connection: AsyncConnection, keyring: Keyring, invitations: Collection[str]) -> None:
    """Takes the lines that quote these invitations out of the messages that are stored or on their way.

    A line that quotes somebody else in the same words stays: it is theirs as well.
    """
    gone = update(_QUOTE).where(_QUOTE.c.invitation_id.in_(invitations), _QUOTE.c.gone.is_(False))
    named = gone.values(gone=True).returning(_QUOTE.c.workspace, _QUOTE.c.place_digest, _QUOTE.c.line_digest)
    lines: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for workspace, place, line in await connection.execute(named):
        lines[workspace, place].add(line)
    for (workspace, place), named_there in lines.items():
        digests = named_there - await _live(connection, workspace, place, named_there)
        await _from_postings(connection, keyring, workspace, place, digests)
        await _from_outbox(connection, keyring, workspace, place, digests)
        await _from_messages(connection, keyring, workspace, place, digests)


async def _live(connection: AsyncConnection, workspace: str, place: str, digests: Collection[str]) -> set[str]:
    """Those of the lines that quote somebody there who has taken nothing back."""
    there = select(_QUOTE.c.line_digest).where(_QUOTE.c.workspace == workspace, _QUOTE.c.place_digest == place)
    found = there.where(_QUOTE.c.line_digest.in_(digests), _QUOTE.c.gone.is_(False))
    return set(await connection.scalars(found))


async def without_forgotten(
    connection: AsyncConnection, keyring: Keyring, workspace: str, place: str, prompt: Prompt
) -> Prompt:
    """The message as it may be shown at the place now, whatever was forgotten while it was on its way."""
    # Locked, so that whoever forgets a line now waits and then finds the message with it.
    here = _QUOTE.c.workspace == workspace, _QUOTE.c.place_digest == place
    quoted = select(_QUOTE.c.line_digest, _QUOTE.c.gone).where(*here)
    rows = (await connection.execute(quoted.with_for_update(read=True))).all()
    live = {row.line_digest for row in rows if not row.gone}
    return _without(keyring, prompt, {row.line_digest for row in rows if row.gone} - live)


async def _from_postings(
    connection: AsyncConnection, keyring: Keyring, workspace: str, place: str, digests: Collection[str]
) -> None:
    kept = select(_POSTING.c.id, _POSTING.c.message).where(
        _POSTING.c.workspace == workspace, _POSTING.c.place_digest == place, _POSTING.c.message.is_not(None)
    )
    for row in (await connection.execute(kept.with_for_update())).all():
        after = _without(keyring, prompt_from(row.message), digests)
        await connection.execute(update(_POSTING).where(_POSTING.c.id == row.id).values(message=prompt_body(after)))


async def _from_outbox(
    connection: AsyncConnection, keyring: Keyring, workspace: str, place: str, digests: Collection[str]
) -> None:
    ours = select(_OUTBOX.c.id, _OUTBOX.c.body).where(
        _OUTBOX.c.workspace == workspace, _OUTBOX.c.place_digest == place, _OUTBOX.c.invitation_id.is_(None)
    )
    for row in (await connection.execute(ours.with_for_update())).all():
        before = prompt_from(row.body["prompt"])
        after = _without(keyring, before, digests)
        if after != before:
            changed = update(_OUTBOX).where(_OUTBOX.c.id == row.id)
            await connection.execute(changed.values(body={**row.body, "prompt": prompt_body(after)}))


async def _from_messages(
    connection: AsyncConnection, keyring: Keyring, workspace: str, place: str, digests: Collection[str]
) -> None:
    shown = select(_MESSAGE).where(
        _MESSAGE.c.workspace == workspace, _MESSAGE.c.place_digest == place, _MESSAGE.c.invitation_id.is_(None)
    )
    for row in (await connection.execute(shown.with_for_update())).all():
        before = prompt_from(row.prompt)
        after = _without(keyring, before, digests)
        if after != before:
            await _revise(connection, row, after)


async def _revise(connection: AsyncConnection, row: Row[Any], prompt: Prompt) -> None:
    # A new revision takes a new number, so that an open page shows it at once (`storage.messages`).
    await connection.execute(delete(_MESSAGE).where(_MESSAGE.c.seq == row.seq))
    kept = {name: value for name, value in row._asdict().items() if name != "seq"}
    await connection.execute(insert(_MESSAGE).values({**kept, "prompt": prompt_body(prompt)}))


def _without(keyring: Keyring, prompt: Prompt, digests: Collection[str]) -> Prompt:
    if not digests:
        return prompt
    kept = tuple(line for line in prompt.lines if _line_digest(keyring, line) not in digests)
    # The title of a weekly message quotes nobody, that of a low score names who gave it.
    title = "" if _line_digest(keyring, prompt.title) in digests else prompt.title
    return replace(prompt, title=title, lines=kept)


def _line_digest(keyring: Keyring, line: str) -> str:
    return keyring.digest("quote", line)
