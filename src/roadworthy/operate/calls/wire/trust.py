"""By which authorities the other side of an encrypted connection is believed."""

from __future__ import annotations

import ssl
from pathlib import Path


def trusting(authority: str | None, home: Path) -> ssl.SSLContext:
    """A context for HTTP/1.1.

    Args:
        authority: PEM file of the authorities to believe instead of the system's.
        home: relative paths count from here.

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    file = str(home / Path(authority).expanduser()) if authority else None
    context = ssl.create_default_context(cafile=file)
    context.set_alpn_protocols(["http/1.1"])
    return context
