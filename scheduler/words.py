"""What a message says when its turn comes, which may be long after it was decided."""

from collections.abc import Iterable

from bot.invitation import Invitation
from bot.ports import Dispatch, Store, UnitOfWork
from bot.service.context import Context
from bot.service.messages import shown
from bot.values import replace


class Words:
    """Makes the words of views. `context` may be missing where nothing with a view is sent."""

    def __init__(self, store: Store, context: Context | None) -> None:
        self._store = store
        self._context = context

    async def as_it_stands(self, dispatch: Dispatch) -> Dispatch | None:
        """With the words of its view, and with the platform's id of the message to change, which may have become known
        only after this was decided. None: the person is forgotten, or a newer message takes its place."""
        finds_message = not (dispatch.message or dispatch.asks or dispatch.alone) and bool(dispatch.address.account)
        if dispatch.invitation is None or not (finds_message or dispatch.view):
            return dispatch
        async with self._store.reading() as uow:
            found = (await uow.invitations.load([dispatch.invitation])).get(dispatch.invitation)
            if found is not None and finds_message:
                dispatch = replace(dispatch, message=_message_there(found, dispatch))
            return dispatch if dispatch.view is None else await self._said(uow, dispatch, found)

    async def _said(self, uow: UnitOfWork, dispatch: Dispatch, found: Invitation | None) -> Dispatch | None:
        newer = await uow.outbox.newer(dispatch)  # after the invitation was read, so that no state is too new for it
        if found is None or found.address is None or (newer is not None and not _is_faster(dispatch, newer)):
            return None
        said = newer or dispatch
        if said.view is None:
            return replace(dispatch, prompt=said.prompt)
        assert self._context is not None  # noqa: S101  # whoever decides on views sends with one
        business = await self._context.business(uow, dispatch.workspace)
        return replace(dispatch, prompt=shown(said.view, found, business))


def is_overtaken(dispatch: Dispatch, behind: Iterable[Dispatch]) -> bool:
    """Does a newer message behind it take its place, so that it need not go at all?"""
    if dispatch.view is None:
        return False
    newer = [one for one in behind if one.invitation == dispatch.invitation and not one.asks]
    return bool(newer) and not _is_faster(dispatch, newer[-1])


def _is_faster(dispatch: Dispatch, newer: Dispatch) -> bool:
    """Has it a way to answer at once that the newer one lacks? Then the newest goes by it, and once more behind."""
    return bool(dispatch.reply) and not newer.reply


def _message_there(found: Invitation, dispatch: Dispatch) -> str:
    here = found.address is not None and found.address.place == dispatch.address.place
    return found.message if here else found.personal
