"""`pulssi surveys list`, `show` and `apply`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.running import AsJson, WorkspaceName, say, say_json, with_pulssi
from bot.errors import WrongUse

if TYPE_CHECKING:
    from bot.bootstrap import Pulssi
    from bot.surveys import Survey


def list_(as_json: AsJson = False, workspace: WorkspaceName = "default") -> None:
    """List the surveys in their newest versions."""

    async def work(pulssi: "Pulssi") -> None:
        surveys = await pulssi.catalogue.newest(workspace)
        if as_json:
            say_json([_json(survey) for survey in surveys])
            return
        for survey in surveys:
            scale = f"{survey.scale.low}-{survey.scale.high}" if survey.scale else "words"
            say(f"{survey.slug}: {survey.kind.value}, {scale}, version {survey.version}")

    with_pulssi(workspace, work)


def show(name: Annotated[str, typer.Argument(help="The survey's name.")], workspace: WorkspaceName = "default") -> None:
    """Show a survey as TOML, ready to be changed and applied."""

    async def work(pulssi: "Pulssi") -> None:
        from bot.service.catalogue import survey_toml  # noqa: PLC0415  # loaded by now

        survey = await pulssi.catalogue.show(workspace, name)
        say(f"# version {survey.version}\n{survey_toml(survey)}".rstrip())

    with_pulssi(workspace, work)


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The surveys (docs/surveys.md).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")] = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Store the surveys of a file: all or none. What is changed becomes a new version, what is not stays."""

    async def work(pulssi: "Pulssi") -> None:
        from bot.service.catalogue import Fate, parse_surveys  # noqa: PLC0415  # loaded by now

        applied = await pulssi.catalogue.apply(workspace, parse_surveys(_text(file)), dry_run=dry_run)
        becomes = "would become" if dry_run else "is now"
        for one in applied:
            if one.fate is Fate.SAME:
                say(f"{one.survey.slug}: unchanged, version {one.survey.version}")
            elif one.fate is Fate.GOAL:
                goal = "no goal" if one.survey.goal is None else f"the goal {one.survey.goal:g}"
                say(f"{one.survey.slug}: {'would have' if dry_run else 'has now'} {goal}, version {one.survey.version}")
            else:
                say(f"{one.survey.slug}: {one.fate.value}, {becomes} version {one.survey.version}")

    with_pulssi(workspace, work)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise WrongUse(f"{file} is not UTF-8 text.") from None
    except OSError as error:
        raise WrongUse(f"{file} cannot be read: {error.strerror}.") from error


def _json(survey: "Survey") -> dict[str, object]:
    return {
        "name": survey.slug,
        "kind": survey.kind.value,
        "version": survey.version,
        "low": survey.scale.low if survey.scale else None,
        "high": survey.scale.high if survey.scale else None,
        "direction": survey.direction.value,
        "goal": survey.goal,
    }
