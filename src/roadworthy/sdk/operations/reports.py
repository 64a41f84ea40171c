"""Reports: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.reports import Comparison, Made, NewReport, ReportsReport


class ReportsCalls:
    """Reports."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def all_reports(self) -> tuple[Made, ...]:
        """Every report, the newest first."""
        call: Call[tuple[Made, ...]] = Call("GET", "/reports", tuple[Made, ...])
        return self._send(call)

    def new(self, body: NewReport | None = None) -> Made:
        """Make a report of this instant. It is kept as it is, and the ledger gets its digest."""
        call: Call[Made] = Call("POST", "/reports", Made, body=body or {})
        return self._send(call)

    def show(self, key: str) -> ReportsReport:
        """A report as data, exactly as it was made."""
        call: Call[ReportsReport] = Call("GET", f"/reports/{quote(key, safe='')}", ReportsReport)
        return self._send(call)

    def as_markdown(self, key: str) -> str:
        """A report as Markdown."""
        call: Call[str] = Call("GET", f"/reports/{quote(key, safe='')}/markdown", str)
        return self._send(call)

    def as_html(self, key: str) -> str:
        """A report as one HTML file that needs nothing else, to be sent or printed."""
        call: Call[str] = Call("GET", f"/reports/{quote(key, safe='')}/html", str)
        return self._send(call)

    def comparison(self, key: str, *, with_: str | None = None) -> Comparison:
        """What changed since the report before, or since another one."""
        call: Call[Comparison] = Call(
            "GET", f"/reports/{quote(key, safe='')}/comparison", Comparison, query={"with": with_}
        )
        return self._send(call)
