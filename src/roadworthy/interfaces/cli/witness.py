"""Being a witness of somebody's ledger."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from roadworthy.foundation.keys import SigningKey

commands = typer.Typer(help="Be a witness of ledgers: cosign what only grew (C2SP).", no_args_is_help=True)

PURPOSE = "witness"

State = Annotated[Path, typer.Option(help="What the witness remembers. Its key lies beside it, in a folder `.keys`.")]
Name = Annotated[str, typer.Option(help="Under which it cosigns, such as `witness.example.com/one`.")]


@commands.command()
def serve(
    state: State,
    name: Name,
    log: Annotated[list[str], typer.Option(help="Key of a ledger whose checkpoints are taken; may stand repeatedly.")],
    listen: Annotated[str, typer.Option(help="Address and port; port 0 takes a free one.")] = "127.0.0.1:8480",
    anew: Annotated[
        bool, typer.Option("--anew", help="Begin with an empty memory although there is a key. Say so to the ledgers.")
    ] = False,
) -> None:
    """Cosign checkpoints, each only where it continues the last one.

    What was seen is durable before the cosignature is given. A proof of misbehaviour, where a ledger signs two
    histories, is kept in a folder `.proofs` beside the state.
    """
    from roadworthy.foundation.ledger.notes import VerifierKey
    from roadworthy.foundation.ledger.outside.witness import Witness, WitnessState
    from roadworthy.foundation.logs import configure
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.interfaces import witness_server
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.witness_server import keep_proofs

    host, port = _listening(listen)
    logs = [VerifierKey.parse(each) for each in log]
    configure("info", "text")
    key = _key(state, name, anew=anew)
    memory = WitnessState(state)
    with memory.alone():
        proofs = keep_proofs(state.with_name(f"{state.name}.proofs"))
        witness = Witness(key, logs, memory, Runtime(), proofs)
        witness_server.refuse_own_key(witness, logs)

        def announce(address: str) -> None:
            out.result(f"Witness `{name}` listens at {address}")
            out.result(f"Its key is {witness.public}")
            sys.stdout.flush()

        witness_server.serve(witness, host, port, announce)


@commands.command()
def key(state: State, name: Name) -> None:
    """Print the witness's public key.

    Ledgers and verifiers need it; it is made where there is none.
    """
    from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey
    from roadworthy.interfaces.cli import output as out

    made = _key(state, name, anew=False)
    out.result(str(WitnessKey(made.name, made.public)))


def _key(state: Path, name: str, *, anew: bool) -> "SigningKey":
    """The witness's key. With a key and without a memory it could contradict what it cosigned before."""
    from dataclasses import replace

    from roadworthy.foundation.errors import IntegrityBroken, Place
    from roadworthy.foundation.keys import Keys
    from roadworthy.foundation.ledger.outside.witness import WitnessState
    from roadworthy.foundation.runtime import Runtime

    state.parent.mkdir(parents=True, exist_ok=True)
    keys = Keys(state.with_name(f"{state.name}.keys"), Runtime().clock)
    if not state.exists():
        if keys.all(PURPOSE) and not anew:
            raise IntegrityBroken(
                "witness-state-lost",
                "there is a key, and nothing that the witness remembers",
                place=Place(source=str(state)),
                remedy="restore the file, or take a new name and key, or begin with `--anew` and tell the ledgers",
            )
        WitnessState(state).write({})
    return replace(keys.signing(PURPOSE), name=name)


def _listening(listen: str) -> tuple[str, int]:
    from roadworthy.foundation.errors import Place, UsageError

    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdecimal() or int(port) > 65_535:  # noqa: PLR2004 - the largest port
        raise UsageError(
            "listen-unusable",
            f"`{listen}` is no address and port",
            place=Place(field="listen"),
            remedy="give one such as `127.0.0.1:8480`, or `[::1]:8480`",
        )
    return host.strip("[]"), int(port)
