"""A stand-in server in a thread with an event loop of its own, for tests that drive other processes."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial

SECONDS = 10


@contextmanager
def in_thread(
    serving: AbstractAsyncContextManager[str],
    name: str,
    make_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> Iterator[str]:
    """What `serving` yields, while this is open; the server runs meanwhile."""
    ready, urls, ends = threading.Event(), [""], []

    async def run() -> None:
        end = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with serving as url:
            urls[0] = url
            ends.append(partial(loop.call_soon_threadsafe, end.set))
            ready.set()
            await end.wait()

    def run_there() -> None:
        with asyncio.Runner(loop_factory=make_loop) as runner:
            runner.run(run())

    thread = threading.Thread(target=run_there, name=name, daemon=True)
    thread.start()
    assert ready.wait(SECONDS), "the stand-in did not start"
    try:
        yield urls[0]
    finally:
        ends[0]()
        thread.join(SECONDS)
