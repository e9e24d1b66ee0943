"""`pulssi demo`: sample history to look at."""

from typing import TYPE_CHECKING

from bot.cli.running import say, with_pulssi

if TYPE_CHECKING:
    from bot.bootstrap import Pulssi


def demo() -> None:
    """Fill the workspace `sample` with twelve weeks of made-up answers, marked as sample everywhere."""

    async def work(pulssi: "Pulssi") -> None:
        from rich.console import Console  # noqa: PLC0415  # for this command alone
        from rich.progress import Progress  # noqa: PLC0415

        from bot.demo import WORKSPACE, fill  # noqa: PLC0415

        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Making up answers")
            made = await fill(pulssi, lambda done, total: progress.update(task, completed=done, total=total))
        if made:
            say(f"Made up {made} questions of twelve weeks in the workspace {WORKSPACE!r}.")
        else:
            say(f"The workspace {WORKSPACE!r} has its sample history already.")
        code = await pulssi.membership.claim_code(WORKSPACE)
        page = f"http://127.0.0.1:8080/chat?workspace={WORKSPACE}"
        say("The weekly message: pulssi summary --workspace sample")
        say(f"The page, while `make run` runs: {page}#claim={code}" if code else f"The page: {page}")

    with_pulssi("default", work)
