"""Audits: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.audits import AuditGap, AuditKey, AuditRun, EndingInput, Format, GapStatus, NewWaiver, Result


class AuditsCalls:
    """Audits."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def start(self, name: str) -> AuditRun:
        """Audit every declared data source; the work goes on after the answer."""
        call: Call[AuditRun] = Call("POST", f"/use-cases/{quote(name, safe='')}/audits", AuditRun, once=True)
        return self._send(call)

    def runs(self, name: str) -> tuple[AuditRun, ...]:
        """Runs of a use case, the latest first."""
        call: Call[tuple[AuditRun, ...]] = Call(
            "GET", f"/use-cases/{quote(name, safe='')}/audits", tuple[AuditRun, ...]
        )
        return self._send(call)

    def run(self, name: str, run_id: str) -> AuditRun:
        """One run, with how far it is."""
        call: Call[AuditRun] = Call(
            "GET", f"/use-cases/{quote(name, safe='')}/audits/{quote(run_id, safe='')}", AuditRun
        )
        return self._send(call)

    def cancel(self, name: str, run_id: str) -> AuditRun:
        """Ask for the end of a run; what is finished is kept, and it can be resumed."""
        call: Call[AuditRun] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/audits/{quote(run_id, safe='')}/cancel", AuditRun
        )
        return self._send(call)

    def resume(self, name: str, run_id: str) -> AuditRun:
        """Let a run that was cancelled, failed or lost its process go on where it was."""
        call: Call[AuditRun] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/audits/{quote(run_id, safe='')}/resume", AuditRun
        )
        return self._send(call)

    def results(self, name: str, run_id: str) -> tuple[Result, ...]:
        """What a run came to, by source."""
        call: Call[tuple[Result, ...]] = Call(
            "GET", f"/use-cases/{quote(name, safe='')}/audits/{quote(run_id, safe='')}/results", tuple[Result, ...]
        )
        return self._send(call)

    def report(self, name: str, run_id: str, *, source: str | None = None, format: Format | None = None) -> bytes:
        """What a run found, with both sides, as JSON, Markdown, one HTML file, or JUnit."""
        call: Call[bytes] = Call(
            "GET",
            f"/use-cases/{quote(name, safe='')}/audits/{quote(run_id, safe='')}/report",
            bytes,
            query={"source": source, "format": format},
        )
        return self._send(call)

    def latest(self, name: str) -> tuple[Result, ...]:
        """The latest result of each declared data source that was ever audited."""
        call: Call[tuple[Result, ...]] = Call("GET", f"/use-cases/{quote(name, safe='')}/data", tuple[Result, ...])
        return self._send(call)

    def gaps(self, name: str, *, status: GapStatus | None = None) -> tuple[AuditGap, ...]:
        """Gaps of a use case over time, the most pressing first."""
        call: Call[tuple[AuditGap, ...]] = Call(
            "GET", f"/use-cases/{quote(name, safe='')}/gaps", tuple[AuditGap, ...], query={"status": status}
        )
        return self._send(call)

    def waive(self, name: str, gap_id: str, body: NewWaiver) -> AuditGap:
        """Accept a gap until an instant; the approver is whoever is signed in."""
        call: Call[AuditGap] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/gaps/{quote(gap_id, safe='')}/waive", AuditGap, body=body
        )
        return self._send(call)

    def unwaive(self, name: str, gap_id: str, body: EndingInput) -> AuditGap:
        """End a waiver before its time; the gap blocks again."""
        call: Call[AuditGap] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/gaps/{quote(gap_id, safe='')}/unwaive", AuditGap, body=body
        )
        return self._send(call)

    def key(self) -> AuditKey:
        """The public key to register, so that what audits find counts as measured."""
        call: Call[AuditKey] = Call("GET", "/audits/key", AuditKey)
        return self._send(call)
