"""`pulssi serve`, `doctor`, `migrate` and `rollups`: what the operator needs."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.running import FAILED, AsJson, WorkspaceName, run, say, say_json, settings, tell, with_pulssi
from bot.errors import PulssiError, WrongUse

if TYPE_CHECKING:
    from bot.bootstrap import Pulssi
    from bot.service.health import Check, Stated
    from bot.settings import Settings

DIFFERENCES_SHOWN = 20


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8080,
    workspace: WorkspaceName = "default",
) -> None:
    """Run everything: web chat, API, sending, the weekly message."""

    async def work() -> None:
        from bot import serving  # noqa: PLC0415  # the web server: for this command alone

        await serving.serve(settings(), host, port, workspace)

    run(work, serves=True)


def migrate(workspace: WorkspaceName = "default") -> None:
    """Bring the database to this version's tables; an empty one is made. Every other command does it by itself."""

    async def work() -> None:
        from bot.bootstrap import keyring_of  # noqa: PLC0415  # the database's libraries: not for `--help`
        from storage.migrate import prepare  # noqa: PLC0415
        from storage.standing import revision_of  # noqa: PLC0415

        chosen = settings()
        keyring = keyring_of(chosen)
        before = await revision_of(chosen.database_url, keyring)
        await prepare(chosen.database_url, keyring)
        after = await revision_of(chosen.database_url, keyring)
        if before == after:
            say(f"Nothing to do: the database is at revision {after}.")
        elif before is None:
            say(f"Made the tables: the database is at revision {after}.")
        else:
            say(f"Migrated from revision {before} to {after}.")

    run(work)


def rollups(
    verify: Annotated[bool, typer.Option("--verify", help="Recount everything from the answers and compare.")] = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Check the counters behind all figures, of all workspaces. Exit code 1 when they disagree."""

    async def work(pulssi: "Pulssi") -> None:
        from storage.rollups import verify as recount  # noqa: PLC0415  # loaded by now

        if not verify:
            raise WrongUse("Say what to do with the counters: pulssi rollups --verify")
        differences = await recount(pulssi.engine)
        if not differences:
            say("The counters agree with a recount.")
            return
        for found in differences[:DIFFERENCES_SHOWN]:
            cell = found.cell
            where = f"survey {cell.survey_id}, {cell.day}, {cell.dimension} {cell.key}, {cell.measure}"
            say(f"{where}: counted {found.stored}, recounted {found.recounted}")
        say(f"{len(differences)} counters disagree with a recount.")
        raise typer.Exit(FAILED)

    with_pulssi(workspace, work)


def doctor(as_json: AsJson = False, workspace: WorkspaceName = "default") -> None:
    """Look at everything and say what is wrong. Exit code 1 when something is."""

    async def work() -> None:
        from bot.service.health import stated  # noqa: PLC0415  # late, like all that follows

        chosen = settings()
        found = stated(chosen)
        checks = _key(chosen)
        if checks[-1].ok:
            try:
                checks += await _database(chosen)
                found = await _opened(chosen, workspace, checks)
            except PulssiError as error:
                looked_at = {check.name for check in checks}
                checks.append(_failed("start" if "database" in looked_at else "database", error))
        _report(found, checks, as_json=as_json)

    run(work)


async def _opened(chosen: "Settings", workspace: str, checks: "list[Check]") -> "list[Stated]":
    from bot.bootstrap import open_pulssi  # noqa: PLC0415  # loaded by now
    from bot.service.health import Check  # noqa: PLC0415
    from storage.presence import anyone_serving  # noqa: PLC0415

    async with open_pulssi(chosen, workspace) as pulssi:
        serving = await anyone_serving(chosen.database_url)
        checks.append(Check("server", True, "runs" if serving else "does not run; `pulssi serve` starts it"))
        checks.extend(await pulssi.health.checks(workspace, serving=serving))
        checks.extend(await _telegram(pulssi, workspace))
        checks.extend(await _slack(pulssi, workspace, serving=serving))
        return list(await pulssi.health.settings(workspace))


async def _telegram(pulssi: "Pulssi", workspace: str) -> "list[Check]":
    if not pulssi.settings.telegram_bot_token:
        return []
    from adapters.telegram.doctor import checks  # noqa: PLC0415  # the vendor's library: only when it is on

    async with pulssi.store.reading() as uow:
        business = await pulssi.context.business(uow, workspace)
        bot = await uow.bots.get("telegram", pulssi.settings.accounts["telegram"])
    owners = [address for address in business.owner_channels if address.channel == "telegram"]
    return await checks(pulssi.settings, bot.webhook if bot else "", owners, pulssi.context.clock.now())


async def _slack(pulssi: "Pulssi", workspace: str, *, serving: bool) -> "list[Check]":
    if not pulssi.settings.slack_bot_token:
        return []
    from adapters.slack.doctor import checks  # noqa: PLC0415  # the vendor's library: only when it is on

    async with pulssi.store.reading() as uow:
        business = await pulssi.context.business(uow, workspace)
        bot = await uow.bots.of("slack", workspace)
    owners = [address for address in business.owner_channels if address.channel == "slack"]
    known_team = bot.account if bot else ""
    return await checks(pulssi.settings, known_team, owners, pulssi.context.clock.now(), serving=serving)


def _key(chosen: "Settings") -> "list[Check]":
    from bot.bootstrap import KEY_FILE, keyring_of  # noqa: PLC0415  # loaded by now
    from bot.service.health import Check  # noqa: PLC0415

    where = "PULSSI_SECRET_KEY" if chosen.secret_key else str(KEY_FILE)
    try:
        keyring = keyring_of(chosen)
    except PulssiError as error:
        return [_failed("key", error)]
    return [Check("key", True, f"{keyring.key_id}, from {where}; keep a copy of it beside your backups")]


async def _database(chosen: "Settings") -> "list[Check]":
    from bot.bootstrap import keyring_of  # noqa: PLC0415  # loaded by now
    from bot.service.health import Check  # noqa: PLC0415
    from storage.migrations import HEAD  # noqa: PLC0415
    from storage.standing import revision_of, shown_url  # noqa: PLC0415

    revision = await revision_of(chosen.database_url, keyring_of(chosen))
    told = f"at revision {revision}" if revision else "new"
    behind = "" if revision in {None, HEAD} else f"; this program has {HEAD}"
    return [Check("database", True, shown_url(chosen.database_url)), Check("migration", True, f"{told}{behind}")]


def _failed(name: str, error: PulssiError) -> "Check":
    from bot.service.health import Check  # noqa: PLC0415  # loaded by now

    return Check(name, False, " ".join(str(error).split()))


def _report(found: "list[Stated]", checks: "list[Check]", *, as_json: bool) -> None:
    from bot.settings import variable  # noqa: PLC0415  # loaded by now

    wrong = [check for check in checks if not check.ok]
    if as_json:
        say_json(
            {
                "ok": not wrong,
                "checks": [asdict(check) for check in checks],
                "settings": [asdict(one) for one in found],
            }
        )
    else:
        for one in found:
            beside = f"; the environment says {one.environment!r}" if one.environment is not None else ""
            say(f"{variable(one.name)} = {one.value!r} ({one.source}{beside})")
        say("")
        for check in checks:
            say(f"{'ok   ' if check.ok else 'WRONG'} {check.name}: {check.text}")
    if wrong:
        tell(f"{len(wrong)} of {len(checks)} checks found something wrong.")
        raise typer.Exit(FAILED)
