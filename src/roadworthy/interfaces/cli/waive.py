"""Asking that something is accepted for a time: a gap of an audit, a criterion of the rubric."""

from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.decision_options import KeyOption, ReasonOption, WaitOption, end_of
from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument
from roadworthy.interfaces.cli.propose import ask

commands = typer.Typer(help="Ask that a gap or a criterion is accepted for a time.", no_args_is_help=True)
Control = Annotated[str, typer.Option(help="What makes up for it meanwhile.")]
Until = Annotated[str, typer.Option(help="Last day, such as `2027-03-31`, or an instant with its offset.")]


@commands.command()
def gap(
    which: Annotated[str, typer.Argument(help="Id of the gap, as `roadworthy data gaps` shows it.", metavar="GAP")],
    until: Until,
    control: Control,
    reason: ReasonOption,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask that a gap between pilot and production is accepted."""
    content = {"gap": which, "reason": reason, "control": control, "expiresAt": end_of(until)}
    _ask("waive-gap", content, reason, key, wait_for, output)


@commands.command()
def criterion(
    name: UseCaseArgument,
    which: Annotated[
        str, typer.Argument(help="Id of the criterion, as `roadworthy assess` shows it.", metavar="CRITERION")
    ],
    until: Until,
    control: Control,
    reason: ReasonOption,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask that a use case may go on without meeting a criterion."""
    content = {"useCase": name, "criterion": which, "reason": reason, "control": control, "expiresAt": end_of(until)}
    _ask("waive-criterion", content, reason, key, wait_for, output)


def _ask(subject: str, content: dict[str, Any], reason: str, key: str | None, span: str | None, output: Format) -> None:
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        ask(client, "/decisions", {"subject": subject, "content": content, "reason": reason}, key, span, output)
