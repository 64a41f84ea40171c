"""The page of a use case's releases: what runs, what was done, what was seen."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.releases import Facts, releases_view
from roadworthy.interfaces.web.visits import Visiting
from roadworthy.inventory.model import Stage

router = Routes(prefix="/use-cases")


@router.get("/{name}/releases")
def show(visit: Visiting, name: str) -> Response:
    """What runs where, what was done with releases, and every release with what was seen of it."""
    app = visit.app
    title, releases = app.inventory.subject(name).spec.title, app.operation.releases
    running, recorded, moves = releases.running(name), releases.listed(name), releases.history(name)
    stages = [stage for stage in Stage if stage.value in running]
    people = {each.by for each in recorded} | {each.by for each in moves}
    known = Facts(
        use_case=name,
        title=title,
        releases=recorded,
        running=running,
        gates=[app.operation.gates.look(name, stage) for stage in reversed(stages)],
        moves=moves,
        looks=app.operation.observing.last(name),
        names=releases.names(
            {*running.values()} | {ref for each in moves for ref in (each.release, each.before) if ref}
        ),
        people=app.identity.people(people),
    )
    return visit.answer("releases", "Releases", releases_view(known, visit.now), place="Portfolio")
