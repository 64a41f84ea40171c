"""The newest snapshot that this process ever believed or made, kept beside the keys: a restart forgets no number.

The database cannot reach it. So a database that was rewound is known as such, as with the ledger's own signer.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from roadworthy.decide.certificate.status.believing import Seen
from roadworthy.foundation.logs import log

FILE = "last-seen"

_log = log("status")


class Mark:
    """Remembers it in a file.

    Args:
        folder: of the keys for `status`.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def load(self) -> Seen:
        """The newest one; of number 0 where none was seen, or the file was lost."""
        try:
            said = json.loads(self._path.read_text("ascii"))
            return Seen(int(said["seq"]), str(said["digest"]), frozenset(map(str, said["revoked"])))
        except FileNotFoundError:
            return Seen()
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("what snapshot was seen last cannot be read", file=str(self._path), error=str(error))
            return Seen()

    def keep(self, seen: Seen) -> None:
        """Remember a newer one; several processes may share the file, and the highest number stays."""
        if seen.seq <= self.load().seq:
            return
        folder = self._path.parent
        said = {"seq": seen.seq, "digest": seen.digest, "revoked": sorted(seen.revoked)}
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile("w", dir=folder, prefix=FILE, delete=False) as fresh:
                fresh.write(json.dumps(said))
            Path(fresh.name).replace(self._path)
        except OSError as error:
            _log.warning("what snapshot was seen last cannot be kept", file=str(self._path), error=str(error))
