"""Upload a sheet, look at what was understood, change it, import it."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/import")
