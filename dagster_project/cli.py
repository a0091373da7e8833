"""The command line: thin, the same code as Dagster's job.

Belongs here: arguments, messages for people, exit statuses. Does not belong here: anything a run
does, and how the summary's figures are found (summary).

Dagster, dbt and Great Expectations are imported inside the commands that need them: `--help` and
`status` must answer at once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from dagster_project.errors import (
    ContractError,
    LeadpactError,
    PostgresError,
    RefusedFilesError,
    RunFailedError,
    UsageError,
    disk_full,
)
from dagster_project.postgres import check_connection_string, copy_published, last_copy
from dagster_project.settings import Settings

# People wait for the imports too.
_STARTED = time.monotonic()

app = typer.Typer(
    name="leadpact",
    help="One mutual agreement between sales and marketing, judged for every lead, every night.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DataDir = Annotated[
    Path | None,
    typer.Option(help="Where the warehouse, what is published and Dagster's state lie."),
]
ContractDir = Annotated[Path | None, typer.Option(help="The folder that holds the agreement.")]
ExportsDir = Annotated[Path | None, typer.Option(help="The folder of the CRMs' exports.")]
Postgres = Annotated[
    str | None,
    typer.Option(
        metavar="DSN",
        help="Copy what is published to this PostgreSQL database too; a password is better kept in "
        "LEADPACT_POSTGRES.",
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the code an error arose.")]


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"leadpact {version('leadpact')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """What concerns no single command; its help is the app's."""


@app.command()
def nightly(
    exports: ExportsDir = None,
    contract: ContractDir = None,
    data_dir: DataDir = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Replay the past: the instant up to which the data speaks, ISO 8601."),
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Read every export anew, not only new ones.")
    ] = False,
    forget: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CRM/DELIVERY",
            help="Take a delivery back first, such as salesforce/2027-06-01; may be repeated.",
        ),
    ] = None,
    postgres: Postgres = None,
    debug: Debug = False,
) -> None:
    """Load, build, check and publish; what the schedule does at night."""
    with _messages(debug):
        settings = _settings(postgres, exports=exports, contract=contract, data_dir=data_dir)
        _check_instant(as_of)
        check_connection_string(settings)
        from dagster_project.alerts.telling import telling
        from dagster_project.launch import run_nightly
        from dagster_project.progress import watching
        from dagster_project.summary import print_summary
        from dagster_project.workers import collect_seldom

        collect_seldom()
        with telling(settings, _say):
            not_copied: PostgresError | None = None
            with watching() as watch:
                try:
                    run_nightly(
                        settings, watch, as_of=as_of, full_refresh=full_refresh, forget=forget or []
                    )
                except PostgresError as error:
                    not_copied = error
            print_summary(settings, time.monotonic() - _STARTED)
            if not_copied:
                raise not_copied
            for line in last_copy(settings) if settings.postgres else ():
                print(line)


@app.command("publish-postgres")
def publish_postgres(
    postgres: Postgres = None, data_dir: DataDir = None, debug: Debug = False
) -> None:
    """Copy what is published to PostgreSQL, without a run."""
    with _messages(debug):
        settings = _settings(postgres, data_dir=data_dir)
        check_connection_string(settings)
        from dagster_project.progress import following

        with following("Copying") as progress:
            copy_published(settings, progress)
        for line in last_copy(settings):
            _say(line)


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="The folder to write the exports into.")],
    leads: Annotated[int, typer.Option(help="How many leads the company has.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same exports.")] = 7,
    crm: Annotated[
        Literal["salesforce", "hubspot", "both"], typer.Option(help="Whose exports to write.")
    ] = "both",
    gaming: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="A signal of rpt_integrity_signals whose gaming to plant; may be repeated.",
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write a believable company's exports."""
    with _messages(debug):
        from dagster_project.progress import counting
        from dagster_project.sample import generate

        with counting("leads") as progress:
            report = generate(
                out, leads, seed=seed, crm=crm, progress=progress, gaming=gaming or ()
            )
        _say(f"{report.rows:,} rows, {report.size / 1e6:,.1f} MB in {out}.")


@app.command("check-contract")
def check_contract(contract: ContractDir = None, debug: Debug = False) -> None:
    """Validate the agreement; every fault with its file, line and what is wrong."""
    with _messages(debug):
        settings = _settings(contract=contract)
        from dagster_project.contract import read_agreement

        agreement, _mappings = read_agreement(settings.contract)
        for warning in agreement.warnings:
            _say(str(warning))
        _say(f"The agreement in {settings.contract} is valid.")


@app.command()
def status(data_dir: DataDir = None, debug: Debug = False) -> None:
    """The last runs, what is published and as of when, refused files, open problems."""
    with _messages(debug):
        from dagster_project.summary import print_status

        print_status(_settings(data_dir=data_dir))


@app.command()
def alert(
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message to everybody, whatever holds.")
    ] = False,
    exports: ExportsDir = None,
    contract: ContractDir = None,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Look how things stand and tell those in LEADPACT_ALERTS what is new; for a timer."""
    with _messages(debug):
        settings = _settings(exports=exports, contract=contract, data_dir=data_dir)
        from dagster_project.alerts.telling import look, send_test

        if test:
            send_test(settings)
            print("The test message was taken by every address.")
            return
        told, errors = look(settings)
        for line in told or ["There is nothing new to tell."]:
            print(line)
        if errors:
            raise RunFailedError("\n".join(errors))


@app.command()
def backup(
    to: Annotated[Path, typer.Option(help="The file to write, .tar or .tar.gz.")],
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Write all that a data directory cannot make again into one file; not while a run goes on."""
    with _messages(debug):
        settings = _settings(data_dir=data_dir)
        from dagster_project.backup import back_up

        size = back_up(settings, to.expanduser().absolute())
        print(f"{to}: {size / 1e6:,.1f} MB. It holds personal data; its owner alone may read it.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What leadpact backup wrote.")],
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Put a backup back; what was there before is moved aside, not deleted."""
    with _messages(debug):
        settings = _settings(data_dir=data_dir)
        from dagster_project.backup import restore as put_back

        before = put_back(settings, file.expanduser().absolute())
        print(f"Restored {file} to {settings.data_dir}; leadpact status shows what it holds.")
        if before is not None:
            print(f"What was there before is in {before}: delete it when you no longer need it.")


@app.command()
def explain(
    lead_or_cycle: Annotated[
        str, typer.Argument(help="A lead's key or CRM id, or a cycle, such as salesforce:00Q…#1.")
    ],
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """One lead's whole story: its cycles, what happened, each verdict with its evidence."""
    with _messages(debug):
        from rich.console import Console

        from dagster_project.explain import print_story, tell

        story = tell(_settings(data_dir=data_dir).published_dir, lead_or_cycle)
        print_story(story, Console(highlight=False))


@app.command()
def query(
    sql: Annotated[
        str | None, typer.Argument(help="One question in SQL; - reads it from the input.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="The file that holds the question.")] = None,
    tables: Annotated[
        bool, typer.Option("--tables", help="List the tables, each in one sentence.")
    ] = False,
    describe: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="Show what a table's columns mean."),
    ] = None,
    format_: Annotated[
        Literal["table", "csv", "json", "parquet"] | None,
        typer.Option("--format", help="A table for people, unless the output's name says else."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write the whole answer into.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help="Rows of a table to show; 100, 0 for all.")
    ] = None,
    restricted: Annotated[
        bool,
        typer.Option("--restricted", help="Ask the tables about persons too, as restricted.…"),
    ] = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Ask what is published in SQL; nothing can be changed."""
    with _messages(debug):
        from dagster_project.query import Call, answer

        call = Call(
            sql=sql,
            file=file,
            tables=tables,
            describe=describe,
            format=format_,
            output=output,
            limit=limit,
            restricted=restricted,
        )
        answer(_settings(data_dir=data_dir), call, _say)


@app.command()
def scorecard(
    open_it: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open", help="Open it in the browser; by default where a person asks."
        ),
    ] = None,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Make the scorecard of what is published once more, and open it."""
    with _messages(debug):
        settings = _settings(data_dir=data_dir)
        from dagster_project.report import rebuild

        made = rebuild(settings.published_dir)
        _say(f"{made.pages} pages in {made.seconds:.1f} s.")
        print(made.entry)
        if open_it or (open_it is None and sys.stdout.isatty()):
            import webbrowser

            if not webbrowser.open(made.entry.as_uri()):
                _say("No browser was found: open the page by its path.")


@app.command()
def ui(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 3000,
    exports: ExportsDir = None,
    contract: ContractDir = None,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Start Dagster's pages with this project, its schedule and its sensor."""
    with _messages(debug):
        settings = _settings(exports=exports, contract=contract, data_dir=data_dir)
        from dagster_project.launch import start_ui

        start_ui(settings, host=host, port=port, say=_say)


def main() -> None:
    """The entry point of the command `leadpact`."""
    app()


@contextmanager
def _messages(debug: bool) -> Iterator[None]:
    """Errors as sentences and exit statuses; a traceback only for those who ask."""
    # A service manager's way to stop a run ends it as Ctrl-C does, with its end in the history.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except LeadpactError as error:
        if debug:
            raise
        for line in _sentences(error):
            _say(line)
        raise typer.Exit(error.exit_code) from error
    except typer.Exit:
        raise
    except KeyboardInterrupt as error:
        _say("Stopped; what was published before is as it was.")
        raise typer.Exit(1) from error
    except Exception as error:
        if debug:
            raise
        if full := disk_full(error, Settings().data_dir):
            _say(str(full))
            raise typer.Exit(full.exit_code) from error
        text = " ".join(str(error).split()) or type(error).__name__
        _say(f"{text.rstrip('.')}. Run it again with --debug to see where this arose.")
        raise typer.Exit(1) from error


def _sentences(error: LeadpactError) -> list[str]:
    if isinstance(error, RefusedFilesError):
        files = "1 file was" if error.files == 1 else f"{error.files} files were"
        rest = "Everything else was loaded, nothing new was published."
        return [*map(str, error.faults), f"{files} refused. {rest}"]
    if isinstance(error, ContractError):
        return [*map(str, error.faults)]
    return str(error).splitlines()


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def _check_instant(text: str | None) -> None:
    try:
        if text is not None:
            datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no instant: write it like 2026-11-20T02:00:00Z.") from error


def _settings(postgres: str | None = None, **paths: Path | None) -> Settings:
    """The settings, with what the call names; the environment is told, for child processes."""
    if postgres is not None:
        os.environ["LEADPACT_POSTGRES"] = postgres
    for name, path in paths.items():
        if path is not None:
            os.environ[f"LEADPACT_{name.upper()}"] = str(path.expanduser().absolute())
    return Settings()


if __name__ == "__main__":
    main()
