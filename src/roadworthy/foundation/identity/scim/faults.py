"""What a SCIM client can do wrong, with the word that RFC 7644 (table 9) has for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from roadworthy.foundation.errors import Place, UsageError


class ScimPreconditionFailed(UsageError):
    """The version named is not the one in force."""

    status = 412
    title = "The version is not the one in force"


class ScimNotOffered(UsageError):
    """A part of the protocol that is not offered here."""

    status = 501
    title = "Not offered here"


SCIM_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scim-filter-unreadable": "invalidFilter",
        "scim-path-unreadable": "invalidPath",
        "scim-value-unfit": "invalidValue",
        "scim-body-unreadable": "invalidSyntax",
        "scim-target-missing": "noTarget",
        "scim-attribute-read-only": "mutability",
        "group-name-taken": "uniqueness",
        "handle-taken": "uniqueness",
        "scim-external-id-taken": "uniqueness",
    }
)
"""By error code; an error that is not listed carries no `scimType`, or `invalidValue` where it is about a value."""


def unreadable_filter(message: str) -> UsageError:
    """A filter that cannot be read."""
    return UsageError(
        "scim-filter-unreadable",
        message,
        place=Place(field="filter"),
        remedy='write it as RFC 7644, section 3.4.2.2 says, such as `userName eq "priya@halden.example"`',
    )


def unreadable_path(message: str) -> UsageError:
    """A path of a PATCH operation that cannot be read, or leads nowhere."""
    return UsageError(
        "scim-path-unreadable",
        message,
        place=Place(field="path"),
        remedy="`GET /scim/v2/Schemas` lists the attributes",
    )


def unfit_value(field: str, message: str) -> UsageError:
    """A value that an attribute cannot take."""
    return UsageError(
        "scim-value-unfit",
        message,
        place=Place(field=field),
        remedy="`GET /scim/v2/Schemas` says what each attribute takes",
    )


def unreadable_body(message: str) -> UsageError:
    """A body that is no SCIM message."""
    return UsageError(
        "scim-body-unreadable",
        message,
        remedy="send one JSON object of the shape that RFC 7644 gives for this request",
    )


def missing_target(message: str) -> UsageError:
    """A PATCH operation that says nothing to change, or that matches nothing."""
    return UsageError(
        "scim-target-missing",
        message,
        place=Place(field="path"),
        remedy="name the attribute in `path`; look at the resource for the values that it has",
    )


def read_only(field: str) -> UsageError:
    """An attribute that only we set."""
    return UsageError(
        "scim-attribute-read-only",
        f"`{field}` is set here and cannot be changed",
        place=Place(field=field),
        remedy="leave it out; groups of a person are changed through the groups",
    )
