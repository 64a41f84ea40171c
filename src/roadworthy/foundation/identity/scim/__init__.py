"""SCIM 2.0 as values and functions (RFC 7643, RFC 7644): schemas, filters, paths, PATCH. It knows no database."""
