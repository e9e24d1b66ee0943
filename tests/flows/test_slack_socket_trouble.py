"""500 taps over a socket that is replaced, dropped and dead in turn: what was acknowledged is stored, once."""

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

WAVE = PEOPLE // 5
AT_WORK = 20  # taps of a wave that are acknowledged before its trouble begins
MORE = 20.0  # seconds that a busy machine may take on top of what the program promises
PROMISED = Timings()


def stands(server: RunningServer, words: set[str], seconds: float) -> None:
    """Waits until /readyz says one of these; it says each time that the process itself is ready."""
    until(lambda: trouble(server) in words, seconds + MORE)


@pytest.mark.timeout(420)
def test_a_socket_in_trouble_loses_no_tap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = SlackApi()
    crowd = Crowd(api, tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'pulssi.db'}")
    crowd.gather(monkeypatch)
    replaced, dropped, cut, silent, quiet = (crowd.people[n : n + WAVE] for n in range(0, PEOPLE, WAVE))

    def at_work() -> None:
        before = len(crowd.acknowledged)
        api.wait(lambda: len(crowd.acknowledged) >= before + AT_WORK, SECONDS)

    with in_thread(api) as url, crowd.server(url, "socket") as server:
        works(api, server)
        stands(server, {"ok"}, 0)
        with crowd.tapping(replaced):
            at_work()
            api.sockets.refresh()
            api.wait(lambda: api.sockets.opened == 2, SECONDS)
            assert trouble(server) == "ok", "the old connection works until the new one does"
        with crowd.tapping(dropped):
            at_work()
            api.sockets.drop()
            api.wait(lambda: api.sockets.opened == 3, SECONDS)
        with crowd.tapping(cut):
            at_work()
            api.sockets.refuse_connections()
            api.sockets.drop()
            stands(server, {WORDS[End.LOST], UNREACHABLE}, PROMISED.look)
            stands(server, {UNREACHABLE}, PROMISED.longest_wait)
            api.sockets.accept_connections()
            stands(server, {"ok"}, PROMISED.longest_wait)
        with crowd.tapping(silent):
            at_work()
            api.sockets.refuse_connections()
            api.sockets.go_silent()
            stands(server, {WORDS[End.SILENT], UNREACHABLE}, PROMISED.ping + PROMISED.silence + PROMISED.look)
            api.sockets.accept_connections()
            stands(server, {"ok"}, PROMISED.longest_wait)
        with crowd.tapping(quiet):
            pass
        crowd.check(crowd.acknowledged)

        # Whoever saw an error taps again; some of those first taps were stored, and only their ack was lost.
        crowd.insist()
        replays = [api.resend(taps[0]) for taps in crowd.taps.values()]
        crowd.settle(replays)
        crowd.check(crowd.acknowledged)
        crowd.check_figures(server)
        assert trouble(server) == "ok"
