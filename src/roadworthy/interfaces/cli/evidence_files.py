"""Evidence from files: submissions in YAML or JSON, envelopes, attachments."""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from roadworthy.foundation.errors import InvalidInput, Place, Unavailable
from roadworthy.interfaces.cli.session import STDIN, read_text

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

Handed = dict[str, Any]
"""A submission as a file has it, with `useCase`; or an envelope."""

_PIECE = 1_000_000


def read_handed(path: Path, use_case: str | None) -> list[Handed]:
    """What a file hands in: one object, a list of them, or several YAML documents.

    Args:
        path: the file; `-` is standard input.
        use_case: what submissions that name none are about.

    Raises:
        InvalidInput: it is no YAML or JSON, or holds something else than objects, or says not what they are about.
    """
    import yaml

    source = "standard input" if str(path) == STDIN else str(path)
    text = sys.stdin.read() if str(path) == STDIN else read_text(path)
    try:
        documents = [each for each in yaml.load_all(text, Loader=_loader()) if each is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(source=source, line=mark.line + 1, column=mark.column + 1) if mark else Place(source=source)
        raise InvalidInput(
            "evidence-file-unreadable",
            f"the file is neither YAML nor JSON ({getattr(error, 'problem', None) or 'it holds what none may hold'})",
            place=place,
            remedy="mend the place; `docs/evidence.md` shows a submission",
        ) from error
    found = [item for document in documents for item in (document if isinstance(document, list) else [document])]
    if not found or not all(isinstance(item, dict) for item in found):
        raise InvalidInput(
            "evidence-file-empty",
            "the file holds no submission",
            place=Place(source=source),
            remedy="write one object with `fact`, `answer`, `observedFrom` and `observedTo`, or a list of them",
        )
    plain: list[Handed] = [_plain(item) for item in found]
    return [item if _is_envelope(item) else _about(item, use_case, source, number) for number, item in enumerate(plain)]


def sent(client: "Client", handed: list[Handed], attach: list[Path], key: str | None) -> list[dict[str, Any]]:
    """Send everything; submissions in one request, so that all of them count or none does."""
    digests = [keep(client, path)["digest"] for path in attach]
    envelopes = [item for item in handed if _is_envelope(item)]
    submissions = [item | {"attachments": [*item.get("attachments", []), *digests]} for item in handed
                   if not _is_envelope(item)]  # fmt: skip
    items = [client.send("/evidence/envelopes", json.dumps(each).encode(), "application/json") for each in envelopes]
    if len(submissions) == 1:
        only = dict(submissions[0])
        address = f"/use-cases/{quote(str(only.pop('useCase')), safe='')}/evidence"
        items.append(client.post(address, only, key=key))
    elif submissions:
        items += client.post("/evidence", {"items": submissions}, key=key)
    return items


def keep(client: "Client", path: Path) -> dict[str, Any]:
    """Keep a file, sent piece by piece."""
    kept: dict[str, Any] = client.send("/attachments", _pieces(path), "application/octet-stream", name=path.name)
    return kept


def digest_of_file(subject: str | None) -> dict[str, str] | None:
    """`NAME=sha256:…` as it is, `NAME=@FILE` with the digest of the file.

    Raises:
        InvalidInput: it is neither.
    """
    if subject is None:
        return None
    name, found, value = subject.rpartition("=")
    if not found or not name or not value:
        raise InvalidInput(
            "subject-unreadable",
            f"`{subject[:200]}` does not say what was looked at",
            place=Place(field="--subject"),
            remedy="write `NAME=sha256:…`, or `NAME=@FILE` to have the digest computed",
        )
    if value.startswith("@"):
        import hashlib

        hashed = hashlib.sha256()
        for piece in _pieces(Path(value[1:])):
            hashed.update(piece)
        value = f"sha256:{hashed.hexdigest()}"
    return {"name": name, "digest": value}


def with_results(pairs: list[str]) -> dict[str, Any]:
    """`FIELD=VALUE` pairs; a value that is JSON is taken as such, anything else as text.

    Raises:
        InvalidInput: one has no equals sign.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, there, value = pair.partition("=")
        if not there or not name:
            raise InvalidInput(
                "result-unreadable",
                f"`{pair[:200]}` names no field",
                place=Place(field="--result"),
                remedy="write `FIELD=VALUE`, such as `errorRate=0.02`",
            )
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _about(item: Handed, use_case: str | None, source: str, number: int) -> Handed:
    named = item.get("useCase", use_case)
    if named is None:
        raise InvalidInput(
            "evidence-file-about-nothing",
            f"submission {number + 1} does not say which use case it is about",
            place=Place(source=source, field=f"[{number}].useCase"),
            remedy="add `useCase`, or name it on the command line",
        )
    answer = item.get("answer")
    if isinstance(answer, bool):  # what YAML 1.1 reads out of a bare yes or no
        answer = "yes" if answer else "no"
    return {**item, "useCase": named, "answer": answer}


def _is_envelope(item: Mapping[str, Any]) -> bool:
    return "payloadType" in item and "signatures" in item


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value that YAML has
    """YAML's values as JSON has them."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _loader() -> Any:  # noqa: ANN401 - a class of yaml's, which is imported when it is needed
    """YAML without aliases, by which a small file could unfold into an enormous one."""
    import yaml

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - the base's signature
            if self.check_event(yaml.AliasEvent):
                raise yaml.composer.ComposerError(problem="aliases are not taken")
            return super().compose_node(parent, index)

    return Loader


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except FileNotFoundError as error:
        raise InvalidInput(
            "path-unknown", f"there is no file `{path}`", place=Place(source=str(path)), remedy="check the path"
        ) from error
    except OSError as error:
        raise Unavailable(
            "file-unreadable",
            f"the file cannot be read ({error.strerror})",
            place=Place(source=str(path)),
            remedy="check that it is a file that you may read",
        ) from error
