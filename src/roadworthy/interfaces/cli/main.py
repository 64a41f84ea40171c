"""`roadworthy`: every command in one place.

What a command needs is imported when it runs, so that `--help` and completion answer at once. For the same reason
the modules of commands do without `from __future__ import annotations`: typer reads every annotation to build the
help, and reading it out of a string means compiling it each time.
"""

from __future__ import annotations

import gc
import sys

import typer

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.runtime import calm_collector
from roadworthy.interfaces.cli import (
    about,
    action_importing,
    action_replays,
    action_trail,
    actions,
    agent_actions,
    agent_runs,
    assess,
    backups,
    break_glass,
    budgets,
    calls,
    certificate_verify,
    certificates,
    collect,
    collectors,
    data,
    data_audits,
    data_contracts,
    data_fingerprints,
    database,
    dead_letters,
    decisions,
    declare,
    diagnose,
    directory,
    discover,
    doctor,
    evidence,
    evidence_changes,
    export,
    gate,
    gateway,
    gateway_keys,
    imports,
    integration,
    keeping,
    key_list,
    keys,
    later_calls,
    ledger,
    login,
    mcp,
    notifications,
    outside,
    packs,
    people,
    processes,
    propose,
    question,
    rank,
    read,
    releases,
    report,
    reviews,
    rights,
    roles,
    serve,
    start,
    status,
    stops,
    tickets,
    timers,
    tokens,
    upstreams,
    waive,
    witness,
)

_COMMANDS = (
    start.init, doctor.doctor, serve.demo, serve.serve,
    declare.validate, declare.schema, declare.plan, declare.apply, declare.remove,
    imports.import_, export.export,
    read.get, read.describe, assess.assess, diagnose.diagnose, rank.rank,
    login.login, login.logout, login.whoami, people.sign_in_link, people.accept, people.give_back, roles.roles,
    decisions.inbox, decisions.approve, decisions.decline, decisions.ask, decisions.answer, decisions.delegate,
    decisions.withdraw, decisions.explain, releases.rollback, gate.gate,
    keeping.retention, serve.migrate, processes.worker, processes.signer, processes.processes,
    backups.backup, backups.restore, about.completion, about.version,
)  # fmt: skip
"""In the order of `--help`: begin, declare, look, people, decide, run."""

# Help is plain text: rich would cost a third of a second, and a screen reader reads no boxes.
app = typer.Typer(
    name="roadworthy",
    help="Takes an AI use case from a pilot that demoed well to a system the organisation can operate.",
    epilog="Results go to standard output, everything else to standard error. docs/cli.md has the exit codes.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)
for _command in _COMMANDS:
    app.command(_command.__name__.rstrip("_").replace("_", "-"))(_command)
for _part in (data_audits, data_fingerprints, data_contracts):
    _part.add_to(data.commands)
app.add_typer(propose.commands, name="propose")
app.add_typer(waive.commands, name="waive")
app.add_typer(decisions.commands, name="decision")
app.add_typer(reviews.commands, name="review")
certificate_verify.add_to(certificates.commands)
app.add_typer(certificates.commands, name="certificate")
app.add_typer(stops.commands, name="stop")
app.add_typer(rights.commands, name="rights")
app.add_typer(data.commands, name="data")
app.add_typer(discover.commands, name="discover")
app.add_typer(collect.commands, name="collect")
app.add_typer(integration.commands, name="integration")
outside.add_to(ledger.commands)
app.add_typer(ledger.commands, name="ledger")
app.add_typer(packs.commands, name="pack")
app.add_typer(keeping.commands, name="hold")
app.add_typer(question.commands, name="question")
app.add_typer(releases.commands, name="release")
app.add_typer(report.commands, name="report")
app.add_typer(witness.commands, name="witness")
key_list.add_to(keys.commands)
app.add_typer(keys.commands, name="keys")
app.add_typer(status.commands, name="status")
app.add_typer(database.commands, name="database")
app.add_typer(timers.commands, name="timers")
app.add_typer(dead_letters.commands, name="dead-letters")
app.add_typer(tickets.commands, name="tickets")
app.add_typer(notifications.commands, name="notifications")
evidence_changes.add_to(evidence.commands)
app.add_typer(evidence.commands, name="evidence")
app.add_typer(collectors.commands, name="collector")
app.add_typer(directory.people, name="people")
app.add_typer(directory.groups, name="groups")
app.add_typer(break_glass.commands, name="break-glass")
app.add_typer(tokens.commands, name="token")
app.add_typer(gateway.commands, name="gateway")
app.add_typer(gateway_keys.commands, name="key")
app.add_typer(upstreams.commands, name="upstream")
action_importing.add_to(actions.commands)
agent_actions.add_to(actions.commands)
action_replays.add_to(actions.commands)
action_trail.add_to(actions.commands)
app.add_typer(actions.commands, name="action")
app.add_typer(agent_runs.commands, name="agent-run")
later_calls.add_to(calls.commands)
app.add_typer(calls.commands, name="call")
app.add_typer(mcp.commands, name="mcp")
app.add_typer(budgets.commands, name="budget")


def main() -> None:
    """Run the command line; the exit code is one of `foundation.errors.ExitCode`."""
    calm_collector()  # before a command imports what it needs, of which the collector had taken a fifth
    try:
        app(prog_name="roadworthy")
    except RoadworthyError as error:
        from roadworthy.interfaces.cli import output

        output.explain(error)
        sys.exit(error.exit_code)
    finally:
        gc.freeze()  # the last look for cycles before the end took a fifth of a command's time, for nothing


if __name__ == "__main__":
    main()
