"""Integration probes: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.integration_probes import Integration, Probe, ProbeKey, ProbeWanted


class AsyncIntegrationProbesCalls:
    """Integration probes, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def probe(self, name: str, body: ProbeWanted | None = None) -> tuple[Probe, ...]:
        """Try integrations now; production is only read. It takes a minute or two and becomes evidence."""
        call: Call[tuple[Probe, ...]] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/integration-probes", tuple[Probe, ...], body=body or {}
        )
        return await self._send(call)

    async def listed(self, name: str, *, system: str | None = None) -> tuple[Probe, ...]:
        """The finished probes of a use case, the latest first."""
        call: Call[tuple[Probe, ...]] = Call(
            "GET", f"/use-cases/{quote(name, safe='')}/integration-probes", tuple[Probe, ...], query={"system": system}
        )
        return await self._send(call)

    async def attempt(self, body: Integration) -> Probe:
        """Try an integration that no use case declares; nothing is kept of it."""
        call: Call[Probe] = Call("POST", "/integration-probes/attempts", Probe, body=body)
        return await self._send(call)

    async def key(self) -> ProbeKey:
        """The public key to register, so that what probes find counts as measured."""
        call: Call[ProbeKey] = Call("GET", "/integration-probes/key", ProbeKey)
        return await self._send(call)

    async def get(self, probe_id: str) -> Probe:
        """One finished probe."""
        call: Call[Probe] = Call("GET", f"/integration-probes/{quote(probe_id, safe='')}", Probe)
        return await self._send(call)
