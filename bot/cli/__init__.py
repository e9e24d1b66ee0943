"""The command line: every command by name, and the group it belongs to."""

import typer

from bot.cli import asking, catalogue, data, exporting, figures, members, operation, people, sample, slack, telegram

app = typer.Typer(
    name="pulssi",
    help="Asks customers one question in the chat they are already in, keeps every answer, and posts one honest "
    "weekly message.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong use. Settings: environment variables or .env.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("serve")(operation.serve)
app.command("ask")(asking.ask)
app.command("cancel")(asking.cancel)
app.command("summary")(figures.summary)
app.command("kpi")(figures.kpi)
app.command("import")(data.import_)
app.command("export")(exporting.export)
app.command("doctor")(operation.doctor)
app.command("migrate")(operation.migrate)
app.command("rollups")(operation.rollups)
app.command("demo")(sample.demo)
app.command("slack-manifest")(slack.slack_manifest)


def _group(name: str, about: str) -> typer.Typer:
    group = typer.Typer(help=about, no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name=name)
    return group


_customer = _group("customer", "What is known of a customer: to show, to hand over, to erase.")
_customer.command("show")(people.show)
_customer.command("export")(people.export)
_customer.command("erase")(people.erase)

_surveys = _group("surveys", "The surveys of a workspace, and new versions of them from a TOML file.")
_surveys.command("list")(catalogue.list_)
_surveys.command("show")(catalogue.show)
_surveys.command("apply")(catalogue.apply)

_member = _group("member", "The people of the business: owners and staff.")
_member.command("add")(members.add)
_member.command("list")(members.list_)
_member.command("remove")(members.remove)

_telegram = _group("telegram", "The Telegram bot itself.")
_telegram.command("take-over")(telegram.take_over)

_api_key = _group("api-key", "Keys for the HTTP API.")
_api_key.command("create")(members.create_key)
_api_key.command("list")(members.list_keys)
_api_key.command("revoke")(members.revoke_key)
