"""How a command runs: with its parts opened late, its errors in one line, its exit code as promised."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.errors import BadSettings, PulssiError, WrongUse

if TYPE_CHECKING:
    from bot.bootstrap import Pulssi
    from bot.settings import Settings

FAILED, WRONG_USE, INTERRUPTED, NOBODY_READS = 1, 2, 130, 141
_WORKSPACE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _checked_workspace(name: str) -> str:
    if not _WORKSPACE.fullmatch(name):
        raise typer.BadParameter(
            f"{name!r} is no name of a workspace: small letters, digits, - and _, at most 64, a letter or digit first."
        )
    return name


WorkspaceName = Annotated[
    str, typer.Option("--workspace", metavar="NAME", callback=_checked_workspace, help="Whose data it is about.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON on standard output.")]


def with_pulssi(workspace: str, work: "Callable[[Pulssi], Awaitable[None]]") -> None:
    """Runs `work` with everything opened; its errors become a line and an exit code."""

    async def opened() -> None:
        from bot.bootstrap import open_pulssi  # noqa: PLC0415  # the database's libraries: not for `--help`

        async with open_pulssi(settings(), workspace) as pulssi:
            await work(pulssi)

    run(opened)


def run(work: Callable[[], Awaitable[None]], *, serves: bool = False) -> None:
    """Runs `work` in an event loop of its own; its errors become a line and an exit code.

    A server has its own log, and the faster loop where there is one.
    """

    async def awaited() -> None:
        await work()

    with guarded():
        if not serves:
            _log_to_stderr()
        with asyncio.Runner(loop_factory=_fast_loop() if serves else None) as runner:
            runner.run(awaited())
        sys.stdout.flush()


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  # for the server alone, and not on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop


def settings() -> "Settings":
    """The settings of this start."""
    from bot.settings import read_settings  # noqa: PLC0415  # pydantic: not for `--help`

    return read_settings(os.environ)


@contextmanager
def guarded() -> Iterator[None]:
    """Never a stack trace: what went wrong in one line on standard error, and the exit code."""
    try:
        yield
    except typer.Exit:
        raise
    except (KeyboardInterrupt, typer.Abort):
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read our output has enough; Python would complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise typer.Exit(NOBODY_READS) from None
    except Exception as error:  # noqa: BLE001  # the last line of defence: a person reads this, not a programmer
        failure = _innermost(error)
        tell(_in_one_line(failure))
        raise typer.Exit(WRONG_USE if isinstance(failure, WrongUse | BadSettings) else FAILED) from None


def _innermost(error: Exception) -> Exception:
    """The first error of a group of tasks."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _in_one_line(error: Exception) -> str:
    if isinstance(error, PulssiError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    words = " ".join(str(error).split())
    return f"Pulssi failed in a way that nobody foresaw ({type(error).__name__}: {words}). Please report it."


def tell(words: str) -> None:
    """A message beside the result: on standard error."""
    typer.echo(_printable(words), err=True)


def say(words: str) -> None:
    """The result itself: on standard output."""
    typer.echo(_printable(words))


def say_json(value: Any) -> None:
    """The result as one line of JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _printable(words: str) -> str:
    """Without halves of character pairs, which no terminal takes, and control characters, which command it."""
    return _CONTROLS.sub("\ufffd", words).encode("utf-8", "replace").decode()


def _log_to_stderr() -> None:
    import logging  # noqa: PLC0415  # not for `--help`

    import structlog  # noqa: PLC0415  # not for `--help`

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        # Looked up at each use: standard output is the result's alone, and tests exchange the streams.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
