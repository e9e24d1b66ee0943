"""The arrows of ARCHITECTURE.md hold, and import-linter would notice if they did not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "adapters", "storage", "scheduler")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over the packages in this folder, which come before any that are installed."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--config", "pyproject.toml", "--no-cache"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Our packages and settings, to be broken."""
    for package in PACKAGES:
        leave = shutil.ignore_patterns("__pycache__", "static", "*.po")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(path: Path, line: str) -> None:
    path.write_text(f"{path.read_text()}\n{line}\n")


def test_the_contracts_hold() -> None:
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout + found.stderr
    assert " kept, 0 broken." in found.stdout


def test_an_untouched_copy_holds_too(copy: Path) -> None:
    found = lint(copy)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("bot/conversation.py", "import sqlalchemy", "The core speaks no vendor"),
        ("bot/conversation.py", "import bot.policy", "Arrows point inwards"),
        ("bot/service/recording/recorder.py", "import adapters.webchat.channel", "Arrows point inwards"),
        ("bot/ports/store.py", "import storage.store", "Arrows point inwards"),
        ("storage/store.py", "import scheduler.delivery", "Arrows point inwards"),
        ("adapters/webchat/channel.py", "import storage.store", "Arrows point inwards"),
    ],
)
def test_a_planted_arrow_is_found(copy: Path, module: str, line: str, contract: str) -> None:
    plant(copy / module, line)
    found = lint(copy)
    assert found.returncode == 1, found.stdout + found.stderr
    assert f"{contract} BROKEN" in found.stdout
    name = module.removesuffix(".py").replace("/", ".")
    assert f"{name} -> {line.removeprefix('import ')}" in found.stdout


def test_channels_that_know_each_other_are_found(copy: Path) -> None:
    other = copy / "adapters" / "paper"
    other.mkdir()
    (other / "__init__.py").touch()
    (other / "channel.py").write_text('"""A channel."""\n\nimport adapters.webchat.channel\n')
    settings = copy / "pyproject.toml"
    listed = settings.read_text().replace('modules = ["adapters.', 'modules = ["adapters.paper", "adapters.')
    settings.write_text(listed)
    found = lint(copy)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "Channels do not know each other BROKEN" in found.stdout


def test_every_core_module_is_in_the_contracts() -> None:
    """A module that nobody lists would be held by no contract."""
    layers = (ROOT / "pyproject.toml").read_text()
    outside = {"__init__", "__main__", "bootstrap", "serving", "demo", "cli"}
    for path in sorted((ROOT / "bot").iterdir()):
        name = path.stem
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and name not in outside:
            assert layers.count(f'"bot.{name}"') >= 1, f"bot.{name} is missing from `The core speaks no vendor`"
