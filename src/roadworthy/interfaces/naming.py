"""People as somebody names them: by address, account name or reference."""

from __future__ import annotations

from roadworthy.app import App
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.identity.directory import Directory


def person_ref(app: App, named: str, field: str) -> str:
    """The reference of a person.

    Raises:
        InvalidInput: nobody is called so.
    """
    if named in app.identity.people([named]):
        return named
    with app.store.read() as connection:
        found = Directory(app.store, app.runtime).by_handle(connection, named)
    if found is None:
        raise InvalidInput(
            "person-unknown",
            f"nobody here is called `{named[:120]}`",
            place=Place(field=field),
            remedy="write the address or account name under which they signed in",
        )
    return found
