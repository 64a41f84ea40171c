"""A report as Markdown, and as one HTML file that needs nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from roadworthy.documents.assessment_report.model import Block, Bullets, Heading, Made, Paragraph, Report, Table
from roadworthy.documents.marking import sheet

_TICKED = re.compile(r"`([^`]*)`")


def markdown(blocks: Sequence[Block]) -> str:
    """GitHub-flavoured Markdown; what people wrote cannot become markup."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def _markdown(block: Block) -> str:
    match block:
        case Heading(level=level, text=text):
            return f"{'#' * level} {_plain(text)}"
        case Paragraph(text=text):
            return _plain(text)
        case Bullets(items=items, numbered=numbered):
            return "\n".join(
                f"{f'{place}.' if numbered else '-'} {_plain(item)}" for place, item in enumerate(items, 1)
            )
        case Table():
            lines = [
                _cells(block.columns),
                _cells(tuple("---:" if at in block.numeric else "---" for at in range(len(block.columns))), raw=True),
                *(_cells(row) for row in block.rows),
            ]
            return f"**{_plain(block.caption)}**\n\n" + "\n".join(lines)


def _cells(cells: Sequence[str], *, raw: bool = False) -> str:
    return f"| {' | '.join(cell if raw else _plain(cell) for cell in cells)} |"


_SPECIAL = re.compile(r"([\\*_{}\[\]<>#|~!])")


def _plain(text: str) -> str:
    """Text in which nothing but our own backticks means anything; a line end would end a table's row."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:
        return _SPECIAL.sub(r"\\\1", " ".join(parts))
    return "".join(
        f"`{part.replace('|', '')}`" if odd % 2 else _SPECIAL.sub(r"\\\1", part) for odd, part in enumerate(parts)
    )


def foot_of(report: Report, made: Made) -> str:
    """What a reader needs to hold the report against the record."""
    signed = " ".join(report.ledger.checkpoint.split())
    return (
        f"Assessment report {report.number}, made {made.made_at:%Y-%m-%d %H:%M} UTC with Roadworthy. Digest "
        f"`{made.digest}`, ledger entry `{made.entry_id}`. When it was made the ledger had {report.ledger.size:,} "
        f"entries with the root `{report.ledger.root}`, signed in the checkpoint `{signed}`."
    )


def page(title: str, blocks: Sequence[Block], foot: str) -> str:
    """One HTML file with its style sheet inside, to be sent or printed as it is."""
    style = sheet(Path(__file__).parent / "print.css")
    body = "\n".join(_html(blocks))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<footer>{_ticked(foot)}</footer>\n</body>\n</html>\n"
    )


def _html(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading(level=level, text=text, breaks=breaks):
                begin = ' class="breaks"' if breaks else ""
                yield f"<h{level}{begin}>{_ticked(text)}</h{level}>"
            case Paragraph(text=text):
                yield f"<p>{_ticked(text)}</p>"
            case Bullets(items=items, numbered=numbered):
                tag = "ol" if numbered else "ul"
                yield f"<{tag}>{''.join(f'<li>{_ticked(item)}</li>' for item in items)}</{tag}>"
            case Table():
                yield _table(block)


def _table(table: Table) -> str:
    numeric = [' class="number"' if at in table.numeric else "" for at in range(len(table.columns))]
    head = "".join(
        f'<th scope="col"{where}>{html.escape(column)}</th>'
        for where, column in zip(numeric, table.columns, strict=True)
    )
    rows = "".join(
        f"<tr>{''.join(f'<td{where}>{_ticked(cell)}</td>' for where, cell in zip(numeric, row, strict=True))}</tr>\n"
        for row in table.rows
    )
    caption = f"<caption>{html.escape(table.caption)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>"


def _ticked(text: str) -> str:
    return _TICKED.sub(r"<code>\1</code>", html.escape(text, quote=False))
