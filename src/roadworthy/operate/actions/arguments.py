"""Arguments of an action: one canonical form, pointers into it, templates that fill other arguments from it.

Canonical is: names sorted by code point, no name twice, no white space, text as it came (nothing is normalised, so that
`é` in one code point and in two are two texts), numbers as they were written (`1`, `1.0` and `1e0` are three). What
looks different is different, and what was approved can only be met by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from roadworthy.foundation.digests import digest as digest_of_bytes
from roadworthy.foundation.errors import InvalidInput, Place

MOST_BYTES: Final = 262_144
"""Of the arguments of one action; larger things are named by where they are."""
DEEPEST: Final = 32
_LONGEST_NUMBER: Final = 40
"""Digits: more than any amount, identifier or instant has, and few enough to be compared exactly."""
_SMALLEST, _LARGEST = -307, 308
"""Powers of ten between which systems that count in binary floating point read a number as about what it is: beyond
them they take it for nothing, or for infinity."""
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""How half of a surrogate pair is written, and each half of a whole one."""
_ABOUT: Final = "arguments"


class _Number(Decimal):
    """A fraction that is written as it came."""

    __slots__ = ("text",)
    text: str


def _fraction(text: str) -> _Number:
    if len(text) > _LONGEST_NUMBER:
        message = f"the number {text[:40]} has more than {_LONGEST_NUMBER} characters"
        raise ValueError(message)
    try:
        made = _Number(text)
    except InvalidOperation as error:
        raise ValueError(_beyond(text)) from error
    if made and not _SMALLEST <= made.adjusted() <= _LARGEST:
        raise ValueError(_beyond(text))
    made.text = text
    return made


def _beyond(text: str) -> str:
    return f"the number {text} is larger or smaller than systems count"


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        message = f"the number {text[:40]} has more than {_LONGEST_NUMBER} digits"
        raise ValueError(message)
    if text == "-0":
        message = "-0 is no whole number"
        raise ValueError(message)
    return int(text)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        message = f"the name `{next(name for name in names if names.count(name) > 1)[:80]}` stands twice"
        raise ValueError(message)
    return found


def _no_number(word: str) -> NoReturn:
    message = f"{word} is no number in JSON"
    raise ValueError(message)


def read(content: bytes, most: int = MOST_BYTES) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """JSON in which no name stands twice and every number is exact: whole ones as `int`, others as `Decimal`.

    Args:
        content: in UTF-8.
        most: bytes.

    Raises:
        InvalidInput: it is not that, too long, or nested too deeply.
    """
    if len(content) > most:
        raise _unfit(f"they have {len(content):,} bytes, more than {most:,}")
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_float=_fraction,
            parse_int=_whole,
        )
    except (ValueError, RecursionError) as error:
        raise _unfit(str(error) if isinstance(error, ValueError) else "they are nested too deeply") from error
    _refuse_deep(value)
    return value


def asked(content: bytes) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """JSON that a client sent, as `read` has it, with whole characters only: nothing is told, kept or sent otherwise.

    Raises:
        InvalidInput: it is not that.
    """
    value = read(content)
    if _HALF.search(content) is not None:
        written(value)
    return value


def canonical(content: bytes | Mapping[str, Any]) -> bytes:
    """The one form of some arguments, in UTF-8.

    Args:
        content: JSON as it came, or an object that was read by `read`.

    Raises:
        InvalidInput: they are no JSON object, or read in more than one way.
    """
    value = read(content) if isinstance(content, bytes) else content
    if not isinstance(value, Mapping):
        raise _unfit("they are no JSON object")
    made = written(value)
    if len(made) > MOST_BYTES:
        raise _unfit(f"they have {len(made):,} bytes, more than {MOST_BYTES:,}")
    return made


def written(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON holds
    """JSON in the one form.

    Raises:
        InvalidInput: something in it has none, such as half of a surrogate pair.
    """
    parts: list[str] = []
    try:
        if _is_plain(value):
            return _whole_text(value).encode("utf-8")
        _write(value, parts.append)
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError as error:
        raise _unfit("they hold half of a surrogate pair, which is no character") from error
    except TypeError as error:
        raise _unfit(str(error)) from error


def digest(arguments: bytes) -> str:
    """Digest of canonical arguments."""
    return digest_of_bytes(arguments)


_text = json.JSONEncoder(ensure_ascii=False).encode
_whole_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""Of what `_is_plain` takes: the same text as `_write` makes, and several times as quick."""
_PLAIN: Final = frozenset({str, int, bool, type(None)})


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - whatever JSON holds
    """Whether the standard library writes it in the one form: no fractions, and no types but JSON's own."""
    kind = type(value)
    if kind is dict:
        for name in value:
            if type(name) is not str:
                return False
        value = value.values()
    elif kind is not list:
        return kind in _PLAIN
    for each in value:  # noqa: SIM110 - a generator takes twice as long, and this is asked of every argument
        if type(each) not in _PLAIN and not _is_plain(each):
            return False
    return True


def _write(value: Any, put: Callable[[str], None]) -> None:  # noqa: ANN401, C901 - one case for each type of JSON
    match value:
        case None:
            put("null")
        case bool():
            put("true" if value else "false")
        case str():
            put(_text(value))
        case int():
            put(str(value))
        case _Number():
            put(value.text)
        case Decimal():
            put(str(value))
        case Mapping():
            put("{")
            for index, name in enumerate(sorted(value)):
                put(("," if index else "") + _text(name) + ":")
                _write(value[name], put)
            put("}")
        case list() | tuple():
            put("[")
            for index, each in enumerate(value):
                if index:
                    put(",")
                _write(each, put)
            put("]")
        case _:
            message = f"{type(value).__name__} has no form in JSON that is exact"
            raise TypeError(message)


def _refuse_deep(value: Any) -> None:  # noqa: ANN401 - whatever the JSON holds
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [
            each
            for holder in level
            if isinstance(holder, dict | list)
            for each in (holder.values() if isinstance(holder, dict) else holder)
        ]
        if not level:
            return
    raise _unfit(f"they are nested more than {DEEPEST} deep")


# ---------------------------------------------------------------- pointers and templates


class _Missing:
    """Nothing is there."""


MISSING: Final = _Missing()


def pointer(value: Any, path: str) -> Any:  # noqa: ANN401 - whatever stands there
    """What stands at a JSON pointer (RFC 6901); `MISSING` where nothing does."""
    for part in path.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and str(int(name)) == name and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


_ARGUMENTS, _RESULT, _ACTION = "$.arguments", "$.result", "$.action"


def filled(template: Mapping[str, str], *, arguments: Any, result: Any, action: str) -> bytes:  # noqa: ANN401 - any JSON
    """Arguments made from those of another action and from what came of it.

    Args:
        template: by the name of each argument, where it comes from.
        arguments: of the other action, as `read` gives them.
        result: what came of it.
        action: its id.

    Raises:
        InvalidInput: something that a template points at is not there.
    """
    made = {}
    for name, source in template.items():
        if source == _ACTION:
            made[name] = action
        elif source.startswith((_ARGUMENTS, _RESULT)):
            head, slash, path = source.partition("/")
            whole = arguments if head == _ARGUMENTS else result
            found = pointer(whole, f"{slash}{path}") if slash else whole
            if found is MISSING:
                raise InvalidInput(
                    "action-template-empty",
                    f"`{name}` comes from `{source}`, and nothing stands there",
                    place=Place(field=name),
                    remedy="mend the mapping of the declared action, or give the argument by hand",
                )
            made[name] = found
        else:
            made[name] = source
    return canonical(made)


def _unfit(why: str) -> InvalidInput:
    return InvalidInput(
        "action-arguments-unfit",
        f"the arguments cannot be taken: {why}",
        place=Place(field=_ABOUT),
        remedy="send one JSON object in UTF-8, each name once, whole numbers or decimals",
    )
