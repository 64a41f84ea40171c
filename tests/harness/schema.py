"""All tables of the product, found where every package keeps them: in its module `tables`."""

from __future__ import annotations

import importlib
import pkgutil

import sqlalchemy as sa

import roadworthy


def all_tables() -> sa.MetaData:
    """The metadata with every table registered."""
    from roadworthy.foundation.storage.schema import metadata

    for module in pkgutil.walk_packages(roadworthy.__path__, "roadworthy."):
        if module.name.rsplit(".", 1)[-1] in {"tables", "payloads"}:
            importlib.import_module(module.name)
    return metadata
