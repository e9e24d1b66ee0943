"""500 taps over a socket that is replaced, dropped and dead in turn: what was acknowledged is stored, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.slack.connection import End
from adapters.slack.opening import UNREACHABLE, WORDS
from adapters.slack.socket import Timings
from tests.flows.server import RunningServer
from tests.flows.slack import trouble, works
from tests.flows.slack_crowd import PEOPLE, SECONDS, Crowd
from tests.flows.telegram import until
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.socket_mode import Sockets

WAVE = PEOPLE // 5
AT_WORK = 20  # taps of a wave that are acknowledged before its trouble begins
MORE = 20.0  # seconds that a busy machine may take on top of what the program promises
PROMISED = Timings()


def stands(server: RunningServer, words: set[str], seconds: float) -> None:
    """Waits until /readyz says one of these; it says each time that the process itself is ready."""
    until(lambda: trouble(server) in words, seconds + MORE)


@dataclass
class Line:
    """The socket between Slack and the server, while the crowd taps."""

    crowd: Crowd
    server: RunningServer

    @contextmanager
    def busy(self, first: int) -> Iterator[Sockets]:
        """A fifth of the crowd, from the `first` person on, taps, and some of it was acknowledged already."""
        before = len(self.crowd.acknowledged)
        with self.crowd.tapping(self.crowd.people[first : first + WAVE]):
            self.crowd.api.wait(lambda: len(self.crowd.acknowledged) >= before + AT_WORK, SECONDS)
            yield self.crowd.api.sockets

    def replaced(self) -> None:
        with self.busy(0) as sockets:
            sockets.refresh()
            self.crowd.api.wait(lambda: sockets.opened == 2, SECONDS)
            assert trouble(self.server) == "ok", "the old connection works until the new one does"

    def dropped(self) -> None:
        with self.busy(WAVE) as sockets:
            sockets.drop()
            self.crowd.api.wait(lambda: sockets.opened == 3, SECONDS)

    def cut(self) -> None:
        with self.busy(2 * WAVE) as sockets:
            sockets.refuse_connections()
            sockets.drop()
            stands(self.server, {WORDS[End.LOST], UNREACHABLE}, PROMISED.look)
            stands(self.server, {UNREACHABLE}, PROMISED.longest_wait)
            sockets.accept_connections()
            stands(self.server, {"ok"}, PROMISED.longest_wait)

    def dead(self) -> None:
        with self.busy(3 * WAVE) as sockets:
            sockets.refuse_connections()
            sockets.go_silent()
            silent = PROMISED.ping + PROMISED.silence + PROMISED.look
            stands(self.server, {WORDS[End.SILENT], UNREACHABLE}, silent)
            sockets.accept_connections()
            stands(self.server, {"ok"}, PROMISED.longest_wait)


@pytest.mark.timeout(420)
def test_a_socket_in_trouble_loses_no_tap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = SlackApi()
    crowd = Crowd(api, tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'pulssi.db'}")
    crowd.gather(monkeypatch)
    with in_thread(api) as url, crowd.server(url, "socket") as server:
        works(api, server)
        stands(server, {"ok"}, 0)
        line = Line(crowd, server)
        line.replaced()
        line.dropped()
        line.cut()
        line.dead()
        crowd.check(crowd.acknowledged)

        # The last fifth taps, and whoever saw an error again; of some of those only the acknowledgement was lost.
        crowd.insist()
        crowd.settle([api.resend(taps[0]) for taps in crowd.taps.values()])
        crowd.check(person.id for person in crowd.people)
        crowd.check_figures(server)
        assert trouble(server) == "ok"
