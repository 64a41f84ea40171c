"""Static files: every address carries the digest of the file, so a browser may keep it for good."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from roadworthy.documents import marking as documents

STATIC = Path(__file__).parent / "static"
FOLDERS = (STATIC, documents.STATIC)
"""Where static files lie: those of the pages, and those that documents and pages share."""
_A_YEAR = "public, max-age=31536000, immutable"


class Assets:
    """Addresses of static files, hashed once when the pages are put together."""

    def __init__(self, *folders: Path) -> None:
        self._versions = {
            file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12]
            for folder in folders or FOLDERS
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }

    def url(self, name: str) -> str:
        """The address of a static file, such as `/static/css/parts.css?v=0f3a…`; KeyError if there is none."""
        return f"/static/{name}?v={self._versions[name]}"


class StaticPages(StaticFiles):
    """Static files; those asked for by their digest never change, so they may be kept."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)
        self.all_directories = list(FOLDERS)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, cacheable for a year when the address names its digest."""
        response = await super().get_response(path, scope)
        if scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = _A_YEAR
        return response
