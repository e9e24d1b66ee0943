"""The README says what is true: its commands run, and every command, channel and target stands in it."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from bot.cli import app
from tests.flows.server import RunningServer
from tests.flows.visitor import Visitor

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [line.split("#")[0] for line in re.findall(r"^\$ \.venv/bin/pulssi (.+)$", README, re.MULTILINE)]


def names(group: typer.core.TyperGroup | object, before: str = "") -> Iterator[str]:
    for name, command in getattr(group, "commands", {}).items():
        below = list(names(command, f"{before}{name} "))
        yield from below or [f"{before}{name}"]


@pytest.mark.parametrize("name", sorted(names(get_command(app))))
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert re.search(rf"`{re.escape(name)}[ `]", README), name


@pytest.mark.parametrize("target", ["run", "test", "check", "bench", "demo"])
def test_every_target_of_make_stands_in_the_readme_and_exists(target: str) -> None:
    assert f"make {target}" in README
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_what_the_readme_points_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.timeout(120)
def test_the_commands_of_the_readme_run_beside_a_server(tmp_path: Path) -> None:
    assert len(COMMANDS) > 5
    with RunningServer(tmp_path, PULSSI_BUSINESS_NAME="Esimerkki Oy") as server:
        visitor = Visitor(server.url)
        for command in COMMANDS:
            words = [visitor.address if "…" in word else word for word in shlex.split(command)]
            done = server.cli(*words)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
        assert visitor.question()["prompt"]["title"].startswith("How likely")
        visitor.close()
    assert (tmp_path / "answers.csv").read_text("utf-8").startswith("id,survey,score")
