"""Options that the commands about data share: what people say of a source, and how it is read."""

from pathlib import Path
from typing import Annotated

import typer

KeyColumns = Annotated[
    list[str] | None, typer.Option("--key", metavar="COLUMN", help="What tells one record from another.")
]
EventTime = Annotated[str | None, typer.Option("--event-time", metavar="COLUMN", help="When it happened.")]
IngestTime = Annotated[str | None, typer.Option("--ingest-time", metavar="COLUMN", help="From when it could be read.")]
DecisionTime = Annotated[
    str | None,
    typer.Option("--decision-time", metavar="COLUMN|TIME", help="When the system must act: a column, or `5m`."),
]
LabelColumn = Annotated[str | None, typer.Option("--label", metavar="COLUMN", help="What the system is judged by.")]
Taxonomy = Annotated[
    list[str] | None, typer.Option("--taxonomy", metavar="COLUMN", help="A column whose values are a governed list.")
]
DocumentColumn = Annotated[str | None, typer.Option("--text", metavar="COLUMN", help="The column with documents.")]
PilotFilters = Annotated[
    list[str] | None,
    typer.Option("--pilot-filter", metavar="CONDITION", help="A condition by which the pilot kept a row."),
]
PilotNames = Annotated[
    list[str] | None,
    typer.Option("--pilot-name", metavar="COLUMN=NAME", help="What the pilot called a column of production."),
]
Refresh = Annotated[
    str | None, typer.Option("--refresh", metavar="TIME", help="How often production refreshes, such as `15m`.")
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="An audit policy of your own.", dir_okay=False)
]
OutputFile = Annotated[
    Path | None, typer.Option("--file", "-f", metavar="FILE", help="Write it there.", dir_okay=False)
]
Most = Annotated[int, typer.Option("--most", min=1, max=1000, help="Most gaps to show in the table.")]
Signers = Annotated[
    list[Path] | None,
    typer.Option("--signer", metavar="FILE", help="Public key of who signed a fingerprint.", exists=True),
]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", help="What parts the fields of CSV, where it is not found out.")
]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Encoding of text, where it is not found out.")]
Keep = Annotated[
    bool, typer.Option("--keep/--no-keep", help="Keep what was measured in your own cache, for the next run.")
]
