"""`kill -9` amid 500 taps in Slack by HTTP: what was answered with 200 is stored, once, and replays change nothing."""

from pathlib import Path

import pytest

from tests.flows.slack import works
from tests.flows.slack_crowd import PEOPLE, SECONDS, Crowd
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi

ENOUGH = 100


@pytest.mark.timeout(300)
def test_every_tap_that_was_answered_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    api = SlackApi()
    crowd = Crowd(api, tmp_path, database_url)
    crowd.gather(monkeypatch)
    with in_thread(api) as url, crowd.server(url, "http") as server:
        works(api, server)
        with crowd.tapping(crowd.people):
            api.wait(lambda: len(crowd.acknowledged) >= ENOUGH, SECONDS)
            server.kill()
        answered = crowd.acknowledged
        assert ENOUGH <= len(answered) < PEOPLE
        crowd.check(answered)

        first = [one for taps in crowd.taps.values() for one in taps]
        server.start()
        # Whoever saw an error taps again, and then all that was ever sent comes once more.
        crowd.insist()
        replays = [api.resend(one) for one in first]
        crowd.settle(replays)
        crowd.check(person.id for person in crowd.people)
        crowd.check_figures(server)
