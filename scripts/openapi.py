"""Write docs/openapi.json from the code; a test keeps the two equal."""

from __future__ import annotations

from pathlib import Path

from roadworthy.interfaces.api.server import openapi_text

TARGET = Path(__file__).parents[1] / "docs" / "openapi.json"


def main() -> None:
    """Write the file."""
    TARGET.write_text(openapi_text(), encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
