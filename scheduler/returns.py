"""Gives rows that a limit keeps from going back to the database, many at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import StoreUnavailable
from bot.ports import Dispatch, Store


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one caller wants to give back, and where it waits."""

    moments: Sequence[tuple[Dispatch, datetime]]
    done: asyncio.Future[None]


class Returns:
    """What is put off in one turn of the loop is one job: of a flood hundreds of rows wait for the same limit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wishes: list[_Wish] = []
        self._writing: set[asyncio.Task[None]] = set()

    async def postpone(self, rows: Sequence[Dispatch], at: datetime) -> None:
        """Returns when they are given back for that moment; errors as `Store.write`, and nobody's but these rows'.

        A caller that is cancelled leaves them to be given back all the same.
        """
        if not rows:
            return
        if not self._wishes:
            task = asyncio.create_task(self._write(), name="pulssi-returns")
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        wish = _Wish([(dispatch, at) for dispatch in rows], asyncio.get_running_loop().create_future())
        self._wishes.append(wish)
        await wish.done

    async def _write(self) -> None:
        wishes, self._wishes = self._wishes, []
        failed = await self._give_back(wishes)
        if failed is None or isinstance(failed, StoreUnavailable) or len(wishes) == 1:
            for one in wishes:
                _answer(one, failed)
            return
        for one in wishes:  # the database refused a row: alone, each shows whether it was its own
            _answer(one, await self._give_back([one]))

    async def _give_back(self, wishes: Sequence[_Wish]) -> Exception | None:
        moments = [moment for one in wishes for moment in one.moments]
        try:
            await self._store.write(lambda uow: uow.outbox.postpone(moments))
        except Exception as error:  # noqa: BLE001  # whatever it is, whoever waits is to hear of it
            return error
        return None


def _answer(wish: _Wish, error: Exception | None) -> None:
    if wish.done.done():
        return
    if error is None:
        wish.done.set_result(None)
    else:
        wish.done.set_exception(error)
