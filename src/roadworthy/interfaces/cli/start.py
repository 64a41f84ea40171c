"""The first minute: a starter folder."""

from pathlib import Path
from typing import Annotated

import typer

SCHEMAS = Path("schemas") / "v1alpha1"


def init(
    folder: Annotated[Path, typer.Argument(help="Where; the current folder by default.")] = Path(),
) -> None:
    """Make a starter folder. Overwrites nothing.

    It holds the settings, a sample use case, a platform profile, and the schemas for your editor.
    """
    from roadworthy.assembly.kinds import kinds
    from roadworthy.foundation.resources.schema import schema_text
    from roadworthy.interfaces.cli import output as out

    files = starter_files() | {SCHEMAS / f"{kind.name}.json": schema_text(kind).encode() for kind in kinds()}
    for path, content in files.items():
        wrote = _write(folder / path, content)
        out.result(f"{'wrote' if wrote else 'kept '} {folder / path}")
    if folder == Path():
        out.hint("edit use-cases/claims-triage.yaml, then: roadworthy validate .")
    else:
        out.hint(f"cd {folder}, edit use-cases/claims-triage.yaml, then: roadworthy validate .")


def starter_files() -> dict[Path, bytes]:
    """The starter folder, by path."""
    from importlib.resources import files

    starter = files("roadworthy.interfaces.cli") / "starter"
    return {
        Path("roadworthy.toml"): (starter / "roadworthy.toml").read_bytes(),
        Path(".gitignore"): (starter / "gitignore").read_bytes(),
        Path("platform.yaml"): (starter / "platform.yaml").read_bytes(),
        Path("use-cases/claims-triage.yaml"): (starter / "use-cases" / "claims-triage.yaml").read_bytes(),
    }


def _write(path: Path, content: bytes) -> bool:
    from roadworthy.foundation.errors import Place, Unavailable

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    except OSError as error:
        raise Unavailable(
            "file-unwritable",
            f"the file cannot be written ({error.strerror})",
            place=Place(source=str(path)),
            remedy="choose a folder that can be written to and has room",
        ) from error
    return True
