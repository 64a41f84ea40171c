"""A rollback before it begins: how far it reaches, in which order, what stays and what others still see of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roadworthy.interfaces.web.forms.drafting import Faults
from roadworthy.interfaces.web.showing.agent_words import STEPS, amount_of, named, sums
from roadworthy.interfaces.web.views.agent_runs import BackLine, RollbackView
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Field, Figure, Link, Say, Tone, plural
from roadworthy.operate.actions.model import AgentRun, RunState
from roadworthy.operate.actions.runs.rollback import Step, StepKind
from roadworthy.operate.actions.watched.seeing import RunSeen, customers

_STAYS: Final = (StepKind.CANNOT, StepKind.IN_DOUBT)
_MOVES: Final = (StepKind.TAKE_BACK, StepKind.WAIT, StepKind.CANCEL)


def rollback_view(seen: RunSeen, titles: Mapping[str, str], values: Mapping[str, str], faults: Faults) -> RollbackView:
    """The page.

    Args:
        seen: the run.
        titles: of declared actions, by name.
        values: what was entered.
        faults: what is wrong with it.
    """
    run = seen.run
    back = [each for each in seen.steps if each.kind is StepKind.TAKE_BACK]
    stays = [each for each in seen.steps if each.kind in _STAYS]
    fault = next((each for each in faults.findings), None)
    moves = any(each.kind in _MOVES for each in seen.steps)
    return RollbackView(
        title=f"Take {named(run)} back" if named(run) == run.name else "Take the action back",
        lede="The last action first, one step at a time, each once. It goes on by itself, whoever leaves; while a stop "
        "switch is set, steps wait for it.",
        back=Link("The run", f"/agent-runs/{run.id}"),
        figures=_figures(seen, back, stays),
        says=tuple(_says(seen, back, stays)),
        lines=tuple(_lines(seen, titles)),
        path=f"/agent-runs/{run.id}/rollback",
        fields=_fields(run, values, "" if fault is None else fault.message) if moves else (),
        faults=(FaultLink("reason", "Why", fault.message, fault.remedy),) if fault else (),
    )  # fmt: skip


def _fields(run: AgentRun, values: Mapping[str, str], fault: str) -> tuple[Field, ...]:
    """Of one that is under way, stops are all that is left to decide; so it is chosen beforehand."""
    chosen = values.get("despite_stop") == "yes" if values else run.state is RunState.ROLLING_BACK
    despite = "yes" if chosen else ""
    return (
        Field("reason", "Why", "area", values.get("reason", ""), "Kept in the ledger.", fault,
              required=True, wide=True),
        Field("despite_stop", "Do not wait for stop switches", "check", despite,
              "Only one that is set for exactly what takes an action back still keeps that.", wide=True),
    )  # fmt: skip


def _figures(seen: RunSeen, back: list[Step], stays: list[Step]) -> tuple[Figure, ...]:
    systems = len({each.action.system for each in back})
    figures = [
        Figure(f"{len(back):,}", "taken back"), Figure(f"{len(stays):,}", "stays" if len(stays) == 1 else "stay"),
        Figure(f"{systems:,}", "system" if systems == 1 else "systems"),
    ]  # fmt: skip
    concerned = customers(seen.windows)
    if concerned:
        figures.append(Figure(f"{concerned:,}", "customer" if concerned == 1 else "customers"))
    amounts: dict[str, int] = {}
    for each in back:
        if each.action.currency is not None and each.action.amount:
            amounts[each.action.currency] = amounts.get(each.action.currency, 0) + each.action.amount
    if amounts:
        figures.append(Figure(sums(amounts), "comes back"))
    return tuple(figures)


def _says(seen: RunSeen, back: list[Step], stays: list[Step]) -> list[Say]:
    said = []
    if stays:
        items = tuple(f"{each.action.action} in {each.action.system}: {_stays(each)}" for each in stays)
        said.append(Say(Tone.STOP, f"{plural(len(stays), 'action')} cannot be taken back",
                        "The run ends partly rolled back, and whoever answers for the system sees to the rest.",
                        items))  # fmt: skip
    seen_by = [each for each in back if "irreversible" in (each.action.effect, seen.by_effect.get(each.by))]
    if seen_by:
        items = tuple(f"{each.action.action} is answered by {each.by}" for each in seen_by)
        said.append(Say(Tone.MIND, "Others have seen some of it", "It is corrected and not unmade: whoever got it "
                        "keeps what they got, and gets the correction as well.", items))  # fmt: skip
    if not back:
        said.append(Say(Tone.ASIDE, "There is nothing to take back", "Nothing was done that leaves anything behind."))
    return said


def _stays(step: Step) -> str:
    if step.kind is StepKind.IN_DOUBT:
        return "nobody knows whether it was done; say so first, and it is taken back too"
    return "nothing is declared that takes it back, or that failed"


def _lines(seen: RunSeen, titles: Mapping[str, str]) -> list[BackLine]:
    lines, turn = [], 0
    for each in seen.steps:
        if each.kind is StepKind.NOTHING:
            continue
        done = each.kind is StepKind.TAKE_BACK
        turn += done
        action = each.action
        lines.append(
            BackLine(
                turn=str(turn) if done else "",
                action=Link(action.action, f"/agent-actions/{action.id}"),
                where=f"{action.system}, place {action.place}",
                amount=amount_of(action),
                becomes=STEPS[each.kind],
                how=_how(each, seen, titles),
            )
        )
    return lines


def _how(step: Step, seen: RunSeen, titles: Mapping[str, str]) -> str:
    match step.kind:
        case StepKind.TAKE_BACK:
            title = titles.get(step.by, "")
            by = f"by {step.by}" + (f": {title}" if title else "")
            return f"{by}. It can be seen." if seen.by_effect.get(step.by) == "irreversible" else f"{by}."
        case StepKind.CANCEL:
            return "It is not begun any more."
        case StepKind.WAIT:
            return "It is under way; what became of it is waited for."
        case StepKind.TAKEN_BACK:
            return f"by {step.by}."
        case _:
            return f"{_stays(step).capitalize()}."
