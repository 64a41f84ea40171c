"""Collecting: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.collecting import Collected, CollectingKey, RunsWanted


class AsyncCollectingCalls:
    """Collecting, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def reviews(
        self,
        file_name: str,
        content: bytes,
        *,
        columns: tuple[str, ...] | None = None,
        use_case: str | None = None,
        fact: str | None = None,
        dry_run: bool | None = None,
        skip_faulty: bool | None = None,
    ) -> Collected:
        """Record past reviews: each row a documented claim with the file attached, dated by the day that."""
        call: Call[Collected] = Call(
            "POST",
            "/collecting/reviews",
            Collected,
            files={"file": (file_name, content)},
            body={"columns": columns, "useCase": use_case, "fact": fact, "dryRun": dry_run, "skipFaulty": skip_faulty},
        )
        return await self._send(call)

    async def mlflow(self, body: RunsWanted | None = None) -> Collected:
        """Record runs: measured where Roadworthy's own collector is registered, else documented by the."""
        call: Call[Collected] = Call("POST", "/collecting/mlflow", Collected, body=body or {})
        return await self._send(call)

    async def key(self) -> CollectingKey:
        """The public key to register, so that what is read from MLflow counts as measured."""
        call: Call[CollectingKey] = Call("GET", "/collecting/mlflow/key", CollectingKey)
        return await self._send(call)
