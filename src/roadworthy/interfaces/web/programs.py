"""The pages of what programs may do: collectors with their keys, and tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.responses import Response

from roadworthy.foundation.errors import Finding, InvalidInput, NotFound, Place, RoadworthyError
from roadworthy.foundation.identity.tokens import Token, Wanted
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.forms.drafting import Faults, fault_links, sections_of
from roadworthy.interfaces.web.forms.entries import Entry, Group
from roadworthy.interfaces.web.showing.programs import MAY, collectors_view, tokens_view
from roadworthy.interfaces.web.views.form import FormView
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to

router = Routes()
_SERVER_FAULT = 500
_KEY = Entry(
    "publicKey", "Public key", "area",
    "The text of the file that ends with `.pub.pem`: an Ed25519 or ECDSA P-256 key. Never the private one.",
    required=True, wide=True,
)  # fmt: skip
_WHY = (Group("Why", (Entry("reason", "Reason", "area", "Kept with the record.", required=True, wide=True),)),)
_ROTATE = (Group("Its new key", (_KEY,)),)


# ---------------------------------------------------------------- collectors


@router.get("/collectors")
def collectors(visit: Visiting) -> Response:
    """Who is believed to measure."""
    view = collectors_view(visit.app.collectors.all(), visit.now)
    return visit.answer("collectors", "Collectors", view, place="Evidence")


@router.get("/collectors/new")
def show_register(visit: Visiting) -> Response:
    """The form."""
    return _form(visit, "/collectors/new", "Register a collector", _register(visit), {}, Faults())


@router.post("/collectors/new")
def register(visit: Visiting, form: Form) -> Response:
    """Believe what a program signs."""
    values = form.values
    kinds = tuple(line.strip() for line in values.get("kinds", "").replace(",", "\n").splitlines() if line.strip())
    asked = values.get("name", "").strip(), values.get("publicKey", "").strip() + "\n"
    owner = values.get("owner", "").strip()
    return _carry_out(
        visit,
        "/collectors/new",
        "Register a collector",
        _register(visit),
        values,
        lambda: visit.app.collectors.register(visit.signed_in.context, *asked, kinds=kinds, owner=owner),
        "/collectors?done=registered-collector",
    )


@router.get("/collectors/{name}/rotate")
def show_rotate(visit: Visiting, name: str) -> Response:
    """The form."""
    _known(visit, name)
    return _form(visit, f"/collectors/{name}/rotate", f"Another key for {name}", _ROTATE, {}, Faults())


@router.post("/collectors/{name}/rotate")
def rotate(visit: Visiting, name: str, form: Form) -> Response:
    """Take another key from now on."""
    _known(visit, name)
    key = form.text("publicKey").strip() + "\n"
    return _carry_out(
        visit,
        f"/collectors/{name}/rotate",
        f"Another key for {name}",
        _ROTATE,
        form.values,
        lambda: visit.app.collectors.rotate(visit.signed_in.context, name, key),
        "/collectors?done=rotated",
    )


@router.get("/collectors/{name}/revoke")
def show_revoke(visit: Visiting, name: str) -> Response:
    """Asks for the reason."""
    _known(visit, name)
    return _form(visit, f"/collectors/{name}/revoke", f"Revoke {name}", _WHY, {}, Faults())


@router.post("/collectors/{name}/revoke")
def revoke(visit: Visiting, name: str, form: Form) -> Response:
    """Take nothing from it any more."""
    _known(visit, name)
    return _carry_out(
        visit,
        f"/collectors/{name}/revoke",
        f"Revoke {name}",
        _WHY,
        form.values,
        lambda: visit.app.collectors.revoke(visit.signed_in.context, name, form.text("reason")),
        "/collectors?done=revoked",
    )


def _known(visit: Visit, name: str) -> None:
    if all(each.name != name for each in visit.app.collectors.all()):
        raise NotFound(
            "collector-unknown",
            f"there is no collector `{name[:120]}`",
            remedy="look it up with `roadworthy collector list`, or on the page `Collectors`",
        )


def _register(visit: Visit) -> tuple[Group, ...]:
    known = ", ".join(f"`{name}`" for name, _ in visit.app.evidence.kinds())
    entries = (
        Entry("name", "Name", hint="Such as `eval-runner`; it stands in the record.", required=True),
        Entry("owner", "Owner", hint="Who answers for it: an address or account name.", required=True),
        Entry(
            "kinds", "Kinds that it may hand in", "area", f"One a line. There are {known}.", required=True, wide=True
        ),
        _KEY,
    )
    return (Group("The collector", entries),)


# ---------------------------------------------------------------- tokens


@router.get("/-/tokens")
def tokens(visit: Visiting) -> Response:
    """What programs may do."""
    return _tokens(visit, {}, Faults())


@router.post("/-/tokens")
def new_token(visit: Visiting, form: Form) -> Response:
    """Make a token. The answer is the only page that ever shows it, so it is no redirect."""
    values = form.values
    days = values.get("days", "").strip()
    names = values.get("useCases", "").replace(",", " ").split()
    try:
        if not (days.isascii() and days.isdigit() and len(days) < 5):  # noqa: PLR2004 - more days than anybody can ask for
            raise InvalidInput(
                "token-days-unfit",
                f"`{days[:40]}` is no number of days",
                place=Place(field="days"),
                remedy="enter a whole number from 1 to 366",
            )
        for name in names:
            visit.app.inventory.subject(name)
        may = tuple(name.removeprefix(MAY) for name in values if name.startswith(MAY))
        wanted = Wanted(values.get("name", "").strip(), may, tuple(names) or None, int(days))
        made = visit.app.tokens.new(visit.signed_in.context, wanted)
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        faults = Faults.of(error)
        if isinstance(error, NotFound):
            faults = Faults((Finding(error.code, error.message, Place(field="useCases"), error.remedy),))
        return _tokens(visit, values, faults)
    return _tokens(visit, {}, Faults(), made)


@router.get("/-/tokens/{token}/revoke")
def show_revoke_token(visit: Visiting, token: str) -> Response:
    """Asks for the reason."""
    name = _named(visit, token)
    return _form(visit, f"/-/tokens/{token}/revoke", f"Revoke the token {name}", _WHY, {}, Faults(), "/-/tokens")


@router.post("/-/tokens/{token}/revoke")
def revoke_token(visit: Visiting, token: str, form: Form) -> Response:
    """End a token."""
    name = _named(visit, token)
    return _carry_out(
        visit,
        f"/-/tokens/{token}/revoke",
        f"Revoke the token {name}",
        _WHY,
        form.values,
        lambda: visit.app.tokens.revoke(visit.signed_in.context, token, form.text("reason")),
        "/-/tokens?done=revoked",
    )


@router.post("/-/tokens/{token}/take-over")
def take_over_token(visit: Visiting, token: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Answer for a token whose owner left."""
    visit.app.tokens.own(visit.signed_in.context, token)
    return go_to("/-/tokens?done=taken-over")


def _named(visit: Visit, token: str) -> str:
    found = next((each for each in visit.app.tokens.all() if each.id == token), None)
    if found is None:
        raise NotFound("token-unknown", f"there is no token `{token[:40]}`", remedy="look at the page `Tokens`")
    return found.name


def _tokens(visit: Visit, values: Mapping[str, str], faults: Faults, new: tuple[str, Token] | None = None) -> Response:
    found = visit.app.tokens.all()
    people = visit.app.identity.people({token.answers for token in found})
    view = tokens_view(found, visit.app.tokens.scopes, people, values, faults, visit.now, new)
    return visit.answer("tokens", "Tokens", view, status=422 if faults.findings else 200)


# ---------------------------------------------------------------- forms


def _carry_out(
    visit: Visit,
    path: str,
    title: str,
    groups: tuple[Group, ...],
    values: Mapping[str, str],
    work: Callable[[], object],
    then: str,
) -> Response:
    try:
        work()
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        return _form(visit, path, title, groups, values, Faults.of(error), then.partition("?")[0])
    return go_to(then)


def _form(
    visit: Visit,
    path: str,
    title: str,
    groups: tuple[Group, ...],
    values: Mapping[str, str],
    faults: Faults,
    back: str = "/collectors",
) -> Response:
    view = FormView(
        title=title,
        lede="",
        back=Link("Collectors" if back == "/collectors" else "Tokens", back),
        action=path,
        submit=title.split(" ", 1)[0] if title.startswith(("Register", "Revoke")) else "Keep",
        sections=sections_of(groups, values, faults),
        faults=fault_links(faults, groups, values),
    )
    return visit.answer("form", title, view, place="Evidence", status=422 if faults.findings else 200)
