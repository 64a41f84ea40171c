"""The pilot's own filters, read as what they are allowed to be: one condition over the columns of a row."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from roadworthy.foundation.errors import InvalidInput

_ALLOWED: tuple[type[exp.Expression], ...] = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Neg,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Escape,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe, exp.NullSafeEQ, exp.NullSafeNEQ,
    exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Abs, exp.Coalesce, exp.Round, exp.Nullif, exp.Substring,
    exp.Cast, exp.TryCast, exp.DataType, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Var, exp.Date, exp.Interval,
    exp.CurrentDate, exp.Tuple, exp.Case, exp.If,
)  # fmt: skip
"""Everything that a filter may be made of. All of it looks at one row and reads nothing else."""
_REMEDY = "write one condition over columns, as it would stand after WHERE"
_DEEPEST = 10_000
"""Characters of a condition."""


def condition(text: str, columns: Mapping[str, str], dialect: str) -> str:
    """A filter as SQL of an engine.

    Args:
        text: the condition, as it would stand after WHERE.
        columns: name of a column, in small letters, to the name under which the query has it.
        dialect: `duckdb` or `spark`.

    Raises:
        InvalidInput: it is no condition, holds more than one, a query, a function that is not allowed, or a column
            that the source does not have.
    """
    if len(text) > _DEEPEST:
        raise InvalidInput("pilot-filter-unusable", "the filter is too long to be one condition", remedy=_REMEDY)
    try:
        parsed = sqlglot.parse(f"SELECT 1 WHERE {text}", read="duckdb")
    except SqlglotError as error:
        reason = str(error).splitlines()[0]
        raise InvalidInput("pilot-filter-unusable", f"`{text}` is no condition: {reason}", remedy=_REMEDY) from error
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Select) or set(_given(parsed[0])) != {"expressions", "where"}:
        raise InvalidInput("pilot-filter-unusable", f"`{text}` is more than one condition", remedy=_REMEDY)
    tree: exp.Expression = parsed[0].args["where"].this
    for node in tree.walk():
        if not isinstance(node, _ALLOWED):
            what = node.sql_name() if isinstance(node, exp.Func) else type(node).__name__
            message = f"`{text}` holds `{what.lower()}`, which is not allowed"
            raise InvalidInput("pilot-filter-unusable", message, remedy=_REMEDY)
    return _placed(tree, text, columns).sql(dialect=dialect, comments=False)


def _given(select: exp.Select) -> list[str]:
    return [name for name, value in select.args.items() if value not in (None, [], False)]


def _placed(tree: exp.Expression, text: str, columns: Mapping[str, str]) -> exp.Expression:
    """The tree with every column under the name that the query has for it."""

    def swap(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Column):
            return node
        name = ".".join(part.name for part in node.parts)
        known = columns.get(name.lower())
        if known is None:
            message = f"`{text}` names `{name}`, which the source lacks"
            raise InvalidInput("pilot-filter-column-unknown", message, remedy="use the names of production's columns")
        return exp.column(known)

    return tree.transform(swap)
