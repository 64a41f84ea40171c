"""The data path on the command line: `data diff` compares two paths, with nothing registered and no home."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roadworthy.interfaces.cli import data_options as options

if TYPE_CHECKING:
    from roadworthy.measure.data_audit.model import Audit
    from roadworthy.measure.data_audit.policy import Policy

commands = typer.Typer(help="Compare the pilot's data with production's.", no_args_is_help=True, rich_markup_mode=None)


class ListFormat(StrEnum):
    """How a list of gaps is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"


class EngineName(StrEnum):
    """What reads the data."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class ClassName(StrEnum):
    """Class of the use case, which says what a gap leads to."""

    PREDICTIVE = "predictive"
    GENERATIVE = "generative"
    AGENTIC = "agentic"


Side = Annotated[
    str,
    typer.Argument(
        metavar="PATH",
        help="A file, glob or folder (Parquet, CSV, JSON lines, XML, documents; compressed too), `sqlite:FILE#TABLE`, "
        "`env:NAME#TABLE` for PostgreSQL, an address of object storage, or a fingerprint.",
    ),
]


@commands.command("diff")
def diff(
    pilot: Side,
    production: Side,
    key: options.KeyColumns = None,
    event_time: options.EventTime = None,
    ingest_time: options.IngestTime = None,
    decision_time: options.DecisionTime = None,
    label: options.LabelColumn = None,
    taxonomy: options.Taxonomy = None,
    text: options.DocumentColumn = None,
    kept: options.PilotFilters = None,
    called: options.PilotNames = None,
    refresh: options.Refresh = None,
    use_case_class: Annotated[ClassName, typer.Option("--class", help="What the data is for.")] = ClassName.PREDICTIVE,
    policy: options.PolicyFile = None,
    form: Annotated[ListFormat, typer.Option("--output", "-o", help="How to write the list.")] = ListFormat.TABLE,
    output: options.OutputFile = None,
    engine: Annotated[EngineName, typer.Option("--engine", help="What reads the data.")] = EngineName.DUCKDB,
    most: options.Most = 12,
    signer: options.Signers = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    keep: options.Keep = True,
) -> None:
    """Compare the pilot's data with production's.

    The first path is the pilot's, the second production's; every gap between them is listed.

    Nothing has to be declared or registered; every option makes the list say more. Exit code 3 when a gap, or a
    question that nobody can answer yet, stands in the way.
    """
    from roadworthy.foundation import spans
    from roadworthy.interfaces.cli.data_reading import Asked, compared
    from roadworthy.measure.data_audit.model import Context
    from roadworthy.measure.fingerprint.terms import Declared

    declared = Declared(
        key=tuple(key or ()),
        event_time=event_time,
        ingest_time=ingest_time,
        decision_time=decision_time,
        label=label,
        taxonomy=tuple(taxonomy or ()),
        text=text,
        filters=tuple(kept or ()),
        pilot_names=dict(_named(each) for each in called or ()),
    )
    after = None if spans.seconds(decision_time) is None else decision_time
    context = Context(
        source=source_name(production), use_case_class=use_case_class.value, refresh=refresh, decision_after=after
    )
    by = read_policy(policy)
    asked = Asked(
        pilot, production, declared, context, by, engine.value, delimiter, encoding, tuple(signer or ()), keep
    )
    audit = compared(asked)
    write(audit, by, form, output, most)
    raise typer.Exit(code=3 if audit.blocked else 0)


@commands.command("policy")
def policy_() -> None:
    """Print the catalogue of gaps that ships.

    With every threshold, rank, effort and sentence, to be edited.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.measure.data_audit.policy import shipped_text

    out.result(shipped_text())


def _named(text: str) -> tuple[str, str]:
    """`COLUMN=NAME`: a column of production and what the pilot called it."""
    from roadworthy.foundation.errors import UsageError

    column, mark, name = text.partition("=")
    if not mark or not column.strip() or not name.strip():
        message = f"`{text}` does not say what the pilot called a column"
        remedy = "write production's column, `=`, and the pilot's name"
        raise UsageError("pilot-name-unreadable", message, remedy=remedy)
    return column.strip(), name.strip()


def source_name(location: str) -> str:
    """How a source is called where nobody named it: the last part of its path, without what comes after a dot."""
    tail = location.rstrip("/").rsplit("#", 1)[-1].rsplit("/", 1)[-1]
    return tail.split(".", 1)[0].strip("*?[]") or location


def read_policy(path: Path | None) -> "Policy":
    """The policy in a file; the one that ships without one."""
    from roadworthy.foundation.errors import InvalidInput, NotFound, Place
    from roadworthy.foundation.resources.documents import Source
    from roadworthy.measure.data_audit.kinds import read_policy as read
    from roadworthy.measure.data_audit.policy import Policy

    if path is None:
        return Policy.shipped()
    try:
        return read(Source(str(path), path.read_text(encoding="utf-8")))
    except OSError as error:
        remedy = "print the one in force with `roadworthy data policy`, and edit that"
        raise NotFound("file-missing", f"there is no file `{path}`", remedy=remedy) from error
    except UnicodeDecodeError as error:
        message = f"`{path}` is not UTF-8 text"
        raise InvalidInput("file-not-text", message, place=Place(str(path)), remedy="save it as UTF-8") from error


def write(audit: "Audit", policy: "Policy", form: ListFormat, output: Path | None, most: int) -> None:
    """Write the list where it is to go."""
    from roadworthy.interfaces.cli import output as out

    if form is ListFormat.TABLE and output is None:
        from roadworthy.interfaces.cli.data_list import show

        show(audit, policy, most=most)
        return
    from roadworthy.documents.audit_report.model import Format
    from roadworthy.documents.audit_report.rendering import render

    written = render(audit, Format(written_as(form, output).value))
    if output is None:
        out.result(written)
        return
    output.write_text(written, encoding="utf-8")
    out.say(f"wrote {output}")


def written_as(form: ListFormat, file: Path | None) -> ListFormat:
    """How a list is written to a file: as was asked for, else as the file's name says, else in Markdown."""
    if form is not ListFormat.TABLE:
        return form
    return _BY_SUFFIX.get(file.suffix.lower() if file is not None else "", ListFormat.MARKDOWN)


_BY_SUFFIX = {
    ".html": ListFormat.HTML,
    ".htm": ListFormat.HTML,
    ".json": ListFormat.JSON,
    ".xml": ListFormat.JUNIT,
    ".md": ListFormat.MARKDOWN,
}
