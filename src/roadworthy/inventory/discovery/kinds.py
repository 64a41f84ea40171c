"""The kind that discovery lets people declare."""

from __future__ import annotations

from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.inventory.discovery.model import VendorSpec

VENDOR = "Vendor"


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (Kind(VENDOR, "vendors", "vendor", VendorSpec, decides=always(VENDOR, "change-policy")),)
