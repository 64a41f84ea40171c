"""What this server says of itself: ServiceProviderConfig, ResourceTypes and Schemas (RFC 7643, sections 5 to 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from roadworthy.foundation.identity.scim.attributes import ENTERPRISE, MANY, PERSON, Attribute, Resource

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SERVICE_PROVIDER_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MOST_RESULTS = 1_000
USUAL_RESULTS = 100

RESOURCES = (PERSON, MANY)


def service_provider_config(base: str) -> dict[str, Any]:
    """What is offered; `base` is the address of `/scim/v2`."""
    return {
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST_RESULTS},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "A program's token",
                "description": "Made with `roadworthy token new NAME --may directory:write`, sent as a bearer token",
                "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def resource_types(base: str) -> list[dict[str, Any]]:
    """The two types of resources."""
    return [_resource_type(each, base) for each in RESOURCES]


def schemas(base: str) -> list[dict[str, Any]]:
    """The three schemas."""
    core = [_schema(each.urn, each.name, each.description, each.attributes, base) for each in RESOURCES]
    words = "What an organisation's staff directory says of a person"
    return [*core, _schema(ENTERPRISE, "EnterpriseUser", words, PERSON.extension, base)]


def listed(resources: Sequence[Any], total: int, start: int) -> dict[str, Any]:
    """A part of a list."""
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def _resource_type(each: Resource, base: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "schemas": [RESOURCE_TYPE],
        "id": each.name,
        "name": each.name,
        "endpoint": each.endpoint,
        "description": each.description,
        "schema": each.urn,
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{each.name}"},
    }
    if each.extension_urn:
        found["schemaExtensions"] = [{"schema": each.extension_urn, "required": False}]
    return found


def _schema(urn: str, name: str, description: str, attributes: Sequence[Attribute], base: str) -> dict[str, Any]:
    return {
        "schemas": [SCHEMA],
        "id": urn,
        "name": name,
        "description": description,
        "attributes": [_attribute(each) for each in attributes],
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
    }


def _attribute(each: Attribute) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": each.name,
        "type": each.type,
        "multiValued": each.multi,
        "description": each.description,
        "required": each.required,
        "caseExact": each.case_exact,
        "mutability": each.mutability,
        "returned": each.returned,
        "uniqueness": each.uniqueness,
    }
    if each.canonical:
        found["canonicalValues"] = list(each.canonical)
    if each.references:
        found["referenceTypes"] = list(each.references)
    if each.sub:
        found["subAttributes"] = [_attribute(part) for part in each.sub]
    return found
