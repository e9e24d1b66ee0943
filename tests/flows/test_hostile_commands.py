"""Odd arguments and odd names at the command line, on both databases: one line that says what to do."""

from pathlib import Path

import pytest

from tests.flows.commands import Terminal


@pytest.fixture
def pulssi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Terminal:
    return Terminal(tmp_path, monkeypatch, PULSSI_DATABASE_URL=database_url)


@pytest.mark.parametrize("odd", ["\udcff", "a\x00b"])
def test_a_name_that_no_database_can_look_for_is_not_found(pulssi: Terminal, odd: str) -> None:
    asked = pulssi("ask", "--survey", odd, "--to", "webchat:kim")
    assert (asked.code, "There is no survey" in asked.err) == (2, True)
    cancelled = pulssi("cancel", odd)
    assert (cancelled.code, "There is no invitation" in cancelled.err) == (2, True)


def test_a_name_does_not_command_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulssi = Terminal(tmp_path, monkeypatch)
    pulssi.ok("api-key", "create", "desk\x1b[2J")
    listed = pulssi.ok("api-key", "list").out
    assert "desk\ufffd[2J" in listed
    assert "\x1b" not in listed


def test_a_week_that_has_not_begun_is_neither_shown_nor_posted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulssi = Terminal(tmp_path, monkeypatch)
    for more in ((), ("--json",), ("--post",)):
        said = pulssi("summary", "--week", "2198-W01", *more)
        assert (said.code, "has not begun" in said.err) == (2, True)


def test_a_host_that_there_is_not_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = Terminal(tmp_path, monkeypatch)("serve", "--host", "127.0.0.999")
    assert (said.code, "--host" in said.err) == (2, True)
