"""Files that are made when somebody asks for them, sent, and gone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from starlette.responses import Response

from roadworthy.app import App


def made_for_now(app: App, name: str, make: Callable[[Path], object], media_type: str | None = None) -> Response:
    """Make a file in a folder of its own inside the home, send it, and remove both.

    Args:
        app: whose home it is.
        name: how the file is called where it is saved.
        make: writes it to the path that it is given.
        media_type: what it is; told from its name where nobody says.
    """
    folder = Path(tempfile.mkdtemp(prefix="sending-", dir=app.settings.home))
    path = folder / name

    def clean() -> None:
        path.unlink(missing_ok=True)
        folder.rmdir()

    try:
        make(path)
    except BaseException:  # whatever it was goes on; the half-written file must not stay
        clean()
        raise
    return FileResponse(path, filename=name, media_type=media_type, background=BackgroundTask(clean))
