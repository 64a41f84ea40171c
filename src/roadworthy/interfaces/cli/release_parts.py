"""Parts of a release as options name them, hashed where the command runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roadworthy.foundation.errors import InvalidInput, Place, did_you_mean


def seen_by(
    options: Mapping[str, Sequence[str] | None], mlflow: str = "", source: str | None = None
) -> list[dict[str, Any]]:
    """What the options `--said`, `--file`, `--json`, `--git`, `--registry` and `--running` name, as the API takes it.

    Args:
        options: option to what was given, each `KIND/NAME=VALUE`.
        mlflow: address of the MLflow server.
        source: where it was seen, in place of the path.

    Raises:
        InvalidInput: one cannot be read, or what it names cannot be hashed.
    """
    return [_seen(option, each, mlflow, source) for option, some in options.items() for each in some or ()]


def _seen(option: str, text: str, mlflow: str, source: str | None) -> dict[str, Any]:
    kind, name, value = _parted(option, text)
    part: dict[str, Any] = {"kind": kind, "name": name}
    if option == "registry":
        return part | {"registry": value, "address": mlflow}
    if option == "said" or (option == "running" and value.startswith("sha256:")):
        how = {} if option == "said" else {"how": "running", "source": source or ""}
        return part | {"digest": value, **how}
    digest, how_it_was, version = _hashed(option, value)
    return part | {"digest": digest, "how": how_it_was, "source": (source or value)[-300:], "version": version}


def _hashed(option: str, value: str) -> tuple[str, str, str | None]:
    from roadworthy.interfaces.cli.session import read_bytes
    from roadworthy.operate.releases import hashing

    if option == "git":
        digest, commit = hashing.of_git(value)
        return digest, "git", commit
    path = Path(value)
    if option == "json":
        return hashing.of_json(read_bytes(path), Place(source=value)), "json", None
    digest, what = hashing.of_path(path)
    return digest, "running" if option == "running" else what, None


def _parted(option: str, text: str) -> tuple[str, str, str]:
    from roadworthy.operate.releases.model import PartKind

    key, sign, value = text.partition("=")
    kind, slash, name = key.partition("/")
    kinds = [each.value for each in PartKind]
    if not sign or not slash or not name or not value or kind not in kinds:
        raise InvalidInput(
            "release-part-unreadable",
            f"`{text[:100]}` names no part",
            place=Place(field=f"--{option}"),
            remedy=did_you_mean(kind, kinds)
            if slash and kind not in kinds
            else "write `KIND/NAME=VALUE`, such as `model/triage=model.pkl`",
        )
    return kind, name, value
