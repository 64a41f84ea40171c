"""The attributes of people and groups that are kept, and those that are taken without being kept.

Kept is what sign-in, decisions and separation of duties need. Addresses, telephone numbers, pictures and passwords
are accepted, because directories send them by habit, and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute (RFC 7643, section 7)."""

    name: str
    description: str
    type: str = "string"
    """`string`, `boolean`, `reference`, `dateTime` or `complex`."""
    multi: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: str = "readWrite"
    uniqueness: str = "none"
    returned: str = "default"
    canonical: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sub: tuple[Attribute, ...] = ()

    def part(self, name: str) -> Attribute | None:
        """A sub-attribute by its name in any case."""
        folded = name.casefold()
        return next((each for each in self.sub if each.name.casefold() == folded), None)


@dataclass(frozen=True)
class Resource:
    """A resource type: its schema, and its extension where it has one."""

    name: str
    endpoint: str
    urn: str
    description: str
    attributes: tuple[Attribute, ...]
    extension: tuple[Attribute, ...] = ()
    extension_urn: str = ""
    not_kept: frozenset[str] = field(default_factory=frozenset)
    """Names, folded, that are taken and forgotten."""

    @cached_property
    def by_name(self) -> Mapping[str, Attribute]:
        """Attributes of the core schema by folded name, the common ones among them."""
        return MappingProxyType({each.name.casefold(): each for each in (*COMMON, *self.attributes)})

    @cached_property
    def in_extension(self) -> Mapping[str, Attribute]:
        """Attributes of the extension by folded name."""
        return MappingProxyType({each.name.casefold(): each for each in self.extension})


COMMON = (
    Attribute(
        "id",
        "Our reference of the resource.",
        case_exact=True,
        mutability="readOnly",
        uniqueness="server",
        returned="always",
    ),
    Attribute("externalId", "The directory's own key of the resource.", case_exact=True),
    Attribute("schemas", "Which schemas the resource has.", type="reference", multi=True, returned="always"),
    Attribute(
        "meta",
        "When it was made and changed, and its version.",
        type="complex",
        mutability="readOnly",
        sub=(
            Attribute("resourceType", "User or Group.", case_exact=True, mutability="readOnly"),
            Attribute("created", "When it was made.", type="dateTime", mutability="readOnly"),
            Attribute("lastModified", "When it was changed.", type="dateTime", mutability="readOnly"),
            Attribute("location", "Its address.", type="reference", case_exact=True, mutability="readOnly"),
            Attribute("version", "Its version, as in the header ETag.", case_exact=True, mutability="readOnly"),
        ),
    ),
)

_VALUE = Attribute("value", "Reference of the person or group.", case_exact=True)

PERSON = Resource(
    "User",
    "/Users",
    USER,
    "A person who can be named, ask and decide",
    attributes=(
        Attribute(
            "userName",
            "The address or account name under which colleagues name the person.",
            required=True,
            uniqueness="server",
        ),
        Attribute(
            "name",
            "The parts of the person's name.",
            type="complex",
            sub=(
                Attribute("formatted", "The whole name."),
                Attribute("familyName", "The family name."),
                Attribute("givenName", "The given name."),
            ),
        ),
        Attribute("displayName", "What the person is called on pages."),
        Attribute("title", "The person's position."),
        Attribute("active", "False once the person has left; everything that opens for them ends.", type="boolean"),
        Attribute(
            "emails",
            "Addresses; kept and shown, never used to recognise anybody.",
            type="complex",
            multi=True,
            sub=(
                Attribute("value", "The address."),
                Attribute("type", "What it is for.", canonical=("work", "home", "other")),
                Attribute("primary", "Whether it is the first to use.", type="boolean"),
            ),
        ),
        Attribute(
            "groups",
            "Groups that the person is in directly.",
            type="complex",
            multi=True,
            mutability="readOnly",
            sub=(
                Attribute("value", "Reference of the group.", case_exact=True, mutability="readOnly"),
                Attribute("$ref", "Its address.", type="reference", mutability="readOnly", references=("Group",)),
                Attribute("display", "Its name.", mutability="readOnly"),
                Attribute("type", "Always `direct`.", mutability="readOnly", canonical=("direct",)),
            ),
        ),
    ),
    extension=(
        Attribute("employeeNumber", "Key of the human in the staff directory: records with one key are one human."),
        Attribute("department", "The person's unit."),
        Attribute("organization", "The person's organisation."),
        Attribute("division", "The person's division."),
        Attribute("costCenter", "The person's cost centre."),
        Attribute(
            "manager",
            "The person's manager.",
            type="complex",
            sub=(
                _VALUE,
                Attribute("$ref", "The manager's address.", type="reference", references=("User",)),
                Attribute("displayName", "The manager's name.", mutability="readOnly"),
            ),
        ),
    ),
    extension_urn=ENTERPRISE,
    not_kept=frozenset(
        {
            "password",
            "nickname",
            "profileurl",
            "usertype",
            "preferredlanguage",
            "locale",
            "timezone",
            "phonenumbers",
            "ims",
            "photos",
            "addresses",
            "entitlements",
            "roles",
            "x509certificates",
        }
    ),
)

MANY = Resource(
    "Group",
    "/Groups",
    GROUP,
    "A group of people and groups; it grants what the role map and the decision rights say, and nothing by itself",
    attributes=(
        Attribute(
            "displayName", "The name by which the role map and the rights name it.", required=True, uniqueness="server"
        ),
        Attribute(
            "members",
            "People and groups in it.",
            type="complex",
            multi=True,
            sub=(
                _VALUE,
                Attribute("$ref", "The member's address.", type="reference", references=("User", "Group")),
                Attribute("type", "User or Group.", canonical=("User", "Group")),
            ),
        ),
    ),
)
