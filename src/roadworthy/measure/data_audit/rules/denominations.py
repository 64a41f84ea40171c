"""A column that says units, which the pilot did not need: its numbers were all in one, and now they are not."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.rules.wording import percent, quoted, rows
from roadworthy.measure.fingerprint.model import Column
from roadworthy.measure.fingerprint.terms import Values

RULE = "unit-changed"

_CODES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR "
    "RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD "
    "TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG "
)
CURRENCIES = frozenset(_CODES.split())
"""Alphabetic codes of ISO 4217."""
_SIGNS = (
    "% c cm day days degc degf dl f ft g gal gallon gb h hour hours in inch k kb kg kgs kj km kmh knots kpa "
    "kw kwh l lb lbs litre m mb mcg meq/l mg mg/dl mi mile min ml mm mmhg mmol/l month mph ms mw ng/ml ounce oz "
    "pound psi s sec st t tonne ton v w yd "
)
UNITS = frozenset(
    (*_SIGNS.split(), "fl oz", "\N{MICRO SIGN}g", "\N{GREEK SMALL LETTER MU}g", "\N{DEGREE SIGN}c", "\N{DEGREE SIGN}f")
)
"""Signs of units as they stand in columns, in small letters."""
_MOSTLY = 0.98


def checks(pair: Pair) -> Iterator[Check]:
    """Columns that only production has, whose values are currencies or units, and several of them."""
    if pair.production.privacy.values is not Values.CLEAR:
        return
    for name in pair.matching.new:
        column = pair.production.column(name)
        if column is None or (what := denominated(column)) is None:
            continue
        assert column.vocabulary is not None  # noqa: S101 - what is denominated has one
        counts = {value: count for value, count in column.vocabulary.counts.items() if value.strip()}
        common = sorted(counts, key=lambda value: -counts[value])
        total = sum(counts.values())
        others = 1 - counts[common[0]] / total
        yield Check(
            rule=RULE,
            verdict=Verdict.GAP,
            column=name,
            scope="denomination",
            finding=f"production's `{name}` names {len(common)} {what} ({quoted(common)}) and the pilot had no such "
            f"column: {percent(others)} of {rows(total)} are in another than the commonest, and what was in one "
            "unit there is in several here",
            pilot=Measure(1, what),
            production=Measure(len(common), what, total),
            affected=others,
            rank=1,
            detail={"counts": {value: counts[value] for value in common[:20]}},
        )


def denominated(column: Column) -> str | None:
    """`currencies` or `units` where a column's values are nearly all codes of these, and not all of them one."""
    counts = column.vocabulary.counts if column.vocabulary is not None else {}
    said = {value.strip(): count for value, count in counts.items() if value.strip()}
    if len(said) < 2:  # noqa: PLR2004 - one unit is none that changes
        return None
    total = sum(said.values())
    for what, known, folded in (("currencies", CURRENCIES, str.upper), ("units", UNITS, str.lower)):
        if sum(count for value, count in said.items() if folded(value) in known) >= _MOSTLY * total:
            return what
    return None
