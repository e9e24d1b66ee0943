"""`pulssi summary` and `pulssi kpi`."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.running import AsJson, WorkspaceName, say, say_json, tell, with_pulssi
from bot.errors import WrongUse

if TYPE_CHECKING:
    from bot.bootstrap import Pulssi
    from bot.summary import Period, Summary
    from bot.texts import Texts

NONE = "\u2013"
Explain = Annotated[bool, typer.Option("--explain", help="Say what stands behind every figure shown.")]


def day_option(name: str, about: str) -> Any:
    """An option that takes a day."""
    return typer.Option(name, metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help=about)


def day_of(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def summary(  # noqa: PLR0913, PLR0917  # every option is a parameter
    week: Annotated[
        str | None, typer.Option(metavar="2026-W47", help="Default: the last full local week (or day, or month).")
    ] = None,
    period: Annotated[
        str | None, typer.Option(metavar="2026-11", help="A month, a week or a day (2026-11-17) in place of --week.")
    ] = None,
    as_json: AsJson = False,
    as_text: Annotated[bool, typer.Option("--text", help="The message as the owner reads it (the default).")] = False,
    post: Annotated[bool, typer.Option("--post", help="Post it to the owner's channel, again if need be.")] = False,
    explain: Explain = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Show the weekly message; with --post, send it too. Neither uses up the scheduled one."""

    async def work(pulssi: "Pulssi") -> None:
        from bot.spans import parse_span  # noqa: PLC0415  # late, like all that follows
        from bot.weeks import Week  # noqa: PLC0415

        if as_json and as_text:
            raise WrongUse("Give --json or --text, not both.")
        if week and period:
            raise WrongUse("Give --week or --period, not both.")
        chosen = Week.parse(week) if week else parse_span(period) if period else None
        if post:
            found = await pulssi.summaries.post_again(workspace, chosen)
        else:
            found = await pulssi.summaries.week(workspace, chosen)
        await _show(pulssi, found, as_json=as_json, explain=explain)
        if post:
            await _posted(pulssi, workspace)

    with_pulssi(workspace, work)


async def _show(pulssi: "Pulssi", found: "Summary", *, as_json: bool, explain: bool) -> None:
    from bot.summary import to_json  # noqa: PLC0415  # loaded by now
    from bot.summary_text import explanations  # noqa: PLC0415

    behind = explanations(found, await _texts(pulssi, found.edition.workspace)) if explain else []
    if as_json:
        say_json({**to_json(found), **({"definitions": behind} if explain else {})})
        return
    message = await pulssi.summaries.message(found)
    say("\n".join((message.title, *message.lines, *(("", *behind) if behind else ()))))


async def _texts(pulssi: "Pulssi", workspace: str) -> "Texts":
    async with pulssi.store.reading() as uow:
        return (await pulssi.context.business(uow, workspace)).texts


async def _posted(pulssi: "Pulssi", workspace: str) -> None:
    from storage.presence import anyone_serving  # noqa: PLC0415  # loaded by now

    async with pulssi.store.reading() as uow:
        channels = (await pulssi.context.business(uow, workspace)).owner_channels
    if not channels:
        raise WrongUse("There is no channel to post to: set PULSSI_OWNER_CHANNEL.")
    tell(f"On its way to {', '.join(str(channel) for channel in channels)}.")
    if not await anyone_serving(pulssi.settings.database_url):
        tell("No server runs on this database: the message waits and goes out when `pulssi serve` is started.")


def kpi(  # noqa: PLR0913, PLR0917  # every option is a parameter
    survey: Annotated[str, typer.Option("--survey", help="Which survey: csat, ces, nps or one of your own.")],
    first: Annotated[datetime | None, day_option("--from", "First local day. Default: this Monday.")] = None,
    last: Annotated[datetime | None, day_option("--to", "Last local day, included. Default: today.")] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="GROUP", help="agent, team, channel, tag, touchpoint or week.")
    ] = None,
    as_json: AsJson = False,
    explain: Explain = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Show a survey's figures over some days, with their likely range."""

    async def work(pulssi: "Pulssi") -> None:
        from bot.summary import kpi_json  # noqa: PLC0415  # late, like all that follows
        from bot.texts.definitions import definition, explained  # noqa: PLC0415

        period = await pulssi.summaries.figures(workspace, survey, day_of(first), day_of(last), by)
        texts = await _texts(pulssi, workspace)
        behind = explained({survey: period.survey}, ("likely", "response_rate_of_days"), texts) if explain else []
        if as_json:
            say_json({**kpi_json(period), **({"definitions": behind} if explain else {})})
            return
        _table(period, kpi_json(period), by)
        say("\n".join(behind or [f"{survey}: {definition(period.survey, texts) or NONE}"]))

    with_pulssi(workspace, work)


def _table(period: "Period", figures: dict[str, Any], by: str | None) -> None:
    from rich.console import Console  # noqa: PLC0415  # not for `--help`
    from rich.table import Table  # noqa: PLC0415

    console = Console(highlight=False, markup=False)
    table = Table(title=f"{period.survey.slug}, {period.first} to {period.last}", title_justify="left")
    for column in (by or "", "value", "likely (95 %)", "answers"):
        table.add_column(column, justify="left" if column == (by or "") else "right")
    table.add_row("all", *_cells(figures))
    for group in figures["by"]:
        table.add_row(group["key"], *_cells(group))
    console.print(table)
    say(f"Answers by score: {', '.join(f'{score}: {n}' for score, n in figures['histogram'].items()) or NONE}")
    if left_out := figures["left_out"]:
        say(f"Not counted, because they are on another scale: {left_out}.")
    rate = figures["response_rate"]
    say(
        f"Of the people asked in these days: delivered {figures['delivered']}, answered {figures['answered']}"
        f" ({NONE if rate is None else f'{rate} %'})."
    )


def _cells(figure: dict[str, Any]) -> tuple[str, str, str]:
    interval = figure["interval"]
    likely = NONE if interval is None else f"{interval[0]} to {interval[1]}"
    return NONE if figure["value"] is None else str(figure["value"]), likely, str(figure["n"])
