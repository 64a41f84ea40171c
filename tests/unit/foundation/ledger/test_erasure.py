"""What was erased is in no byte of the database's files any more, and the true value confirms nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import CONTEXT, draft, ledger_on, record

VALUE = b"the customer is Ana Moss, born on 3 May"


def test_neither_content_nor_salt_is_left_on_the_disk(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "roadworthy.db", Runtime())
    store.write(all_tables().create_all)
    ledger = ledger_on(store, tmp_path)
    (entry,) = record(ledger, draft(1, reason=VALUE))
    record(ledger, *(draft(number, reason=b"something else") for number in range(2, 40)))
    payload = ledger.entry(entry).entry.payloads[0]
    salt = ledger.disclose(payload.ref).salt
    assert salt is not None
    assert f"sha256:{hashlib.sha256(salt + VALUE).hexdigest()}" == payload.commitment
    ledger.erase(CONTEXT, payload.ref, "gdpr-article-17")
    store.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert payload.commitment.encode() in left
    assert VALUE not in left
    assert salt not in left
    windows = (left[at : at + 32] for at in range(0, len(left) - 32, 16))
    assert not any(
        hashlib.sha256(guess + VALUE).hexdigest() == payload.commitment.removeprefix("sha256:") for guess in windows
    )
