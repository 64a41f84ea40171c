"""The portfolio page."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from roadworthy.decide.readiness.assessment import Tone
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.readiness.query import PortfolioQuery, Sort
from roadworthy.foundation.errors import InvalidInput, Place, did_you_mean
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.portfolio import DEFAULT_SORT, FILTERS, portfolio_view
from roadworthy.interfaces.web.visits import Visiting
from roadworthy.inventory.model import Duty, Sector, Stage, Tier, UseCaseClass

router = Routes()
MOST_PAGES = 1_000_000


@router.get("/")
def show(visit: Visiting) -> Response:
    """The heat map with its filters."""
    asked = checked(visit.request.query_params)
    page = visit.app.readiness.portfolio(query_of(asked))
    view = portfolio_view(page, asked, visit.now)
    return visit.answer("portfolio", "Portfolio", view, place="Portfolio")


def checked(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters that mean something, each one of the values it can have.

    Raises:
        InvalidInput: a filter, the order or the page cannot be understood.
    """
    asked = {
        name: value for name, value in parameters.items() if value and name in {"text", "organisation", "sort", "page"}
    }
    for name, values in FILTERS.items():
        if value := parameters.get(name):
            asked[name] = _one_of(name, value, values)
    if sort := asked.get("sort"):
        _one_of("sort", sort.removeprefix("-"), tuple(Sort))
    page = asked.get("page", "1")
    if not page.isascii() or not page.isdigit() or not 1 <= int(page) <= MOST_PAGES:
        raise InvalidInput(
            "page-unusable", f"`{page[:40]}` is no page", place=Place(field="page"), remedy="begin at page 1"
        )
    return asked


def query_of(asked: Mapping[str, str]) -> PortfolioQuery:
    """What to ask readiness for."""
    tier, owners, overall = asked.get("tier"), asked.get("owners"), asked.get("overall")
    sort = asked.get("sort", DEFAULT_SORT)
    return PortfolioQuery(
        text=asked.get("text", ""),
        organisation=asked.get("organisation"),
        sector=Sector(asked["sector"]) if "sector" in asked else None,
        stage=Stage(asked["stage"]) if "stage" in asked else None,
        class_=UseCaseClass(asked["class"]) if "class" in asked else None,
        tier=None if tier is None else "open" if tier == "open" else Tier(tier),
        overall=Tone(overall) if overall else None,
        tones={dimension: Tone(asked[dimension]) for dimension in Dimension if dimension in asked},
        owner_gap=None if owners is None else "any" if owners == "any" else Duty(owners),
        stale={"yes": True, "no": False}.get(asked.get("expired", "")),
        sort=Sort(sort.removeprefix("-")),
        descending=sort.startswith("-"),
        page=int(asked.get("page", "1")),
    )


def _one_of(name: str, value: str, values: tuple[str, ...]) -> str:
    if value not in values:
        raise InvalidInput(
            "filter-unusable",
            f"`{value[:80]}` is nothing that `{name}` can be",
            place=Place(field=name),
            remedy=did_you_mean(value, values),
        )
    return value
