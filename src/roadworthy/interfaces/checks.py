"""What keeps a deployment from doing its work, or soon will: one list for the doctor, the API and whoever watches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

from roadworthy.app import App
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger import feed
from roadworthy.foundation.notify.model import DeliveryState
from roadworthy.interfaces import checks_deployment, checks_outside, checks_status
from roadworthy.interfaces.check import Check, CheckState
from roadworthy.interfaces.rights_today import rights_today

SOON = timedelta(days=14)
"""Before a token ends: enough to make a new one and to put it where it is used."""
LATE = timedelta(minutes=5)
"""After so long a consumer that has something to do and does nothing is stuck, or nothing serves this home."""
BEHIND = 10 * feed.WINDOW
"""Entries; below that a cursor is not even moved over what its consumer does not want."""
RECENT = timedelta(days=1)
"""Deliveries that failed longer ago say nothing about a channel today."""
MOST_DELIVERIES = 200
MOST_NAMED = 3
_DIRECTORY = "directory:write"


def checks(app: App) -> list[Check]:
    """Everything that is looked at. Asks identity providers, so it may take seconds."""
    return [check for name, look in _LOOKS.items() for check in _looked(app, name, look)]


def _looked(app: App, name: str, look: Callable[[App], Iterator[Check]]) -> list[Check]:
    """What one look found. One that fails must not hide the others."""
    try:
        return list(look(app))
    except RoadworthyError as error:
        return [Check(name, CheckState.FAIL, error.message, error.remedy)]


def _rights(app: App) -> Iterator[Check]:
    found = app.approvals.rights()
    if found is None:
        message = "no decision rights are in force, so nothing is asked: whoever may change something changes it alone"
        remedy = "have two people sign some: `roadworthy rights example`, then `roadworthy rights genesis`"
        yield Check("rights", CheckState.WARN, message, remedy)
        return
    findings = list(dict.fromkeys(each.message for each in rights_today(app, found.spec).findings))
    if findings:
        message = f"as things stand, {'; '.join(findings[:MOST_NAMED])}{_more(len(findings))}"
        yield Check("rights", CheckState.WARN, message, "roadworthy rights check")
    else:
        yield Check("rights", CheckState.OK, f"generation {found.generation}; every rule has people who can meet it")


def _roles(app: App) -> Iterator[Check]:
    known = {group.name for group, _ in app.staff.roster.groups()}
    with app.store.read() as connection:
        mapped = app.access.mapped(connection)
        groups = sorted(group for group in mapped.groups if group not in known)
        people = sorted(who for who in mapped.people if app.staff.directory.by_handle(connection, who) is None)
    for what, names in (("groups", groups), ("people", people)):
        if names:
            named = ", ".join(f"`{name}`" for name in names[:MOST_NAMED])
            message = f"the role map names {what} whom the directory does not know: {named}{_more(len(names))}"
            remedy = (
                "mend their spelling in the `RoleMap`, or bring them in; `roadworthy groups list` shows who is known"
            )
            yield Check("roles", CheckState.WARN, message, remedy)
    if (mapped.groups or mapped.people) and not groups and not people:
        yield Check("roles", CheckState.OK, "the directory knows everybody whom the role map names")


def _providers(app: App) -> Iterator[Check]:
    for name, faults in app.sign_ins.faults().items():
        for fault in faults:
            remedy = fault.remedy or "mend the `[[provider]]` in the settings"
            yield Check("sign-in", CheckState.FAIL, f"provider `{name}`: {fault.message}", remedy)
        if not faults:
            yield Check("sign-in", CheckState.OK, f"provider `{name}` answers and announces keys that can be used")


def _tokens(app: App) -> Iterator[Check]:
    now = app.runtime.clock.now()
    living = [each for each in app.tokens.all() if each.revoked_at is None]
    kept = [each for each in living if _DIRECTORY in each.may]
    is_renewed = any(each.expires_at > now + SOON and not each.rests for each in kept)
    for each in kept:
        if each.rests:
            message = f"the staff directory's token `{each.name}` opens nothing, since whoever answers for it has left"
            yield Check("tokens", CheckState.FAIL, message, f"roadworthy token own {each.id}")
        elif each.expires_at <= now + SOON and not is_renewed:
            is_over = each.expires_at <= now
            when = f"{'ended' if is_over else 'ends'} on {each.expires_at:%Y-%m-%d}"
            message = f"the staff directory's token `{each.name}` {when}; without one, nobody who leaves is noticed"
            remedy = f"make the next with `roadworthy token new NAME --may {_DIRECTORY}`, and give it to the directory"
            yield Check("tokens", CheckState.FAIL if is_over else CheckState.WARN, message, remedy)
    ending = [each.name for each in living if now < each.expires_at <= now + SOON and _DIRECTORY not in each.may]
    if ending:
        message = f"tokens that end within {SOON.days} days: {', '.join(ending[:MOST_NAMED])}{_more(len(ending))}"
        yield Check("tokens", CheckState.WARN, message, "roadworthy token list, and make the next in time")


def _workflow(app: App) -> Iterator[Check]:
    unknown = app.machines.check()
    for each in unknown:
        remedy = "run the newest version of Roadworthy that this database was used with"
        yield Check("workflow", CheckState.FAIL, f"{each} wait here, and this version cannot move them", remedy)
    if not unknown:
        yield Check("workflow", CheckState.OK, "everything that waits can be moved by this version")


def _consumers(app: App) -> Iterator[Check]:
    now = app.runtime.clock.now()
    with app.store.read() as connection:
        size = feed.size(connection)
    standing = app.consumers.standing()
    is_well = True
    for each in standing:
        behind = size - each.position
        if each.attempts:
            message = f"`{each.name}` failed {each.attempts} times on entry {each.position}: {each.last_error}"
            remedy = "mend what it says; once it is given up, it stands in `roadworthy dead-letters list`"
        elif behind > BEHIND and each.moved_at < now - LATE:
            message = f"`{each.name}` is {behind:,} entries behind, at rest since {each.moved_at:%Y-%m-%d %H:%M}"
            remedy = "start `roadworthy serve`; where it runs, look at its log"
        else:
            continue
        is_well = False
        yield Check("consumers", CheckState.WARN, message, remedy)
    if standing and is_well:
        yield Check("consumers", CheckState.OK, f"{len(standing)} follow the ledger")


def _dead_letters(app: App) -> Iterator[Check]:
    found = app.dead_letters.all()
    if found:
        oldest = min(found, key=lambda letter: letter.since)
        age = (app.runtime.clock.now() - oldest.since).days
        message = f"{len(found)} given up and not seen to, the oldest for {age} days: {oldest.kind} {oldest.key}"
        yield Check("dead letters", CheckState.WARN, message, "roadworthy dead-letters list")
    else:
        yield Check("dead letters", CheckState.OK, "nothing was given up")


def _channels(app: App) -> Iterator[Check]:
    since = app.runtime.clock.now() - RECENT
    failing = [DeliveryState.FAILED, DeliveryState.GIVEN_UP]
    failed = [each for each in app.notify.log(failing, limit=MOST_DELIVERIES) if each.created_at >= since]
    latest = {each.channel: each.last_error for each in reversed(failed)}
    for channel, count in sorted(Counter(each.channel for each in failed).items()):
        message = (
            f"channel `{channel}` did not take {count} of a day's messages: {latest[channel] or 'no reason given'}"
        )
        yield Check("channels", CheckState.WARN, message, f"roadworthy notifications test {channel}")
    declared = app.notify.channels()
    if declared and not failed:
        yield Check("channels", CheckState.OK, f"{len(declared)} declared; no message failed within a day")


def _emergencies(app: App) -> Iterator[Check]:
    now = app.runtime.clock.now()
    for each in app.break_glass.going_on():
        message = f"emergency access for {each.shown} is {each.state(now)}"
        yield Check("emergency access", CheckState.WARN, message, f"roadworthy break-glass end {each.id}")


def _leavers(app: App) -> Iterator[Check]:
    found = app.staff.leavers.findings()
    if found:
        who = {each.holding.person for each in found}
        things = "1 thing" if len(found) == 1 else f"{len(found)} things"
        hold = "1 person who left still holds" if len(who) == 1 else f"{len(who)} people who left still hold"
        message = f"{hold} {things}: a seat, a token, a right or a role"
        yield Check("people", CheckState.WARN, message, "roadworthy people list --findings")
    else:
        yield Check("people", CheckState.OK, "nobody who left holds anything")


def _more(count: int) -> str:
    return f", and {count - MOST_NAMED} more" if count > MOST_NAMED else ""


_LOOKS: dict[str, Callable[[App], Iterator[Check]]] = {
    "rights": _rights,
    "roles": _roles,
    "people": _leavers,
    "emergency access": _emergencies,
    "sign-in": _providers,
    "tokens": _tokens,
    "workflow": _workflow,
    "consumers": _consumers,
    "dead letters": _dead_letters,
    "channels": _channels,
    checks_outside.SIGNER: checks_outside.signer,
    checks_outside.WITNESSES: checks_outside.witnesses,
    checks_status.STATUS: checks_status.status,
    checks_status.STOPPING: checks_status.stopping,
    checks_deployment.PROCESSES: checks_deployment.processes,
    checks_deployment.GUARDS: checks_deployment.guards,
    checks_deployment.PAST: checks_deployment.past,
    checks_deployment.BACKUPS: checks_deployment.backups,
}
