"""How a run tells how far it is, and hears that it should end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest

from roadworthy.foundation.runtime import SimulatedClock
from roadworthy.measure.data_audit.runs import RunProgress
from roadworthy.measure.data_audit.telling import BEAT, Teller
from roadworthy.measure.fingerprint.progress import Cancelled

BEGUN = RunProgress(0.0, 1.0, "waiting", owner="here", times=2)


@dataclass
class Book:
    """Holds what was noted, and whether an end is asked for."""

    ends: bool = False
    noted: list[RunProgress] = field(default_factory=list)

    def note(self, progress: RunProgress) -> bool:
        self.noted.append(progress)
        return self.ends

    def is_wanted(self) -> bool:
        return not self.ends


def _teller(sources: int = 1) -> tuple[Teller, Book, SimulatedClock]:
    clock, book = SimulatedClock(), Book()
    return Teller(clock, book, sources, BEGUN), book, clock


def _left(book: Book) -> int | None:
    return book.noted[-1].seconds_left


def _after(clock: SimulatedClock, seconds: float) -> None:
    clock.advance(dt.timedelta(seconds=seconds))


def test_time_left_follows_the_pace_so_far() -> None:
    teller, book, clock = _teller(2)
    teller.begin("first", 0)
    assert _left(book) is None, "too early to say"
    for share, left in ((0.25, 70), (0.5, 60), (1.0, 40)):
        _after(clock, 10 if share == 0.25 else 10 if share == 0.5 else 20)
        teller.step("values", share, 1.0)
        assert book.noted[-1].share == share / 2
        assert _left(book) == left
    teller.begin("second", 1)
    _after(clock, 40)
    teller.step("done", 1.0, 1.0)
    assert _left(book) == 0
    assert (book.noted[-1].owner, book.noted[-1].times) == ("here", 2)


def test_what_was_finished_before_says_nothing_of_the_pace() -> None:
    teller, book, clock = _teller(3)
    teller.begin("first", 0, known=True)
    teller.begin("second", 1, known=True)
    teller.begin("third", 2)
    assert _left(book) is None
    _after(clock, 30)
    teller.step("values", 0.5, 1.0)
    assert _left(book) == 30
    assert round(book.noted[-1].share, 3) == 0.833


def test_it_never_goes_back_and_never_beyond_its_source() -> None:
    teller, book, clock = _teller(2)
    teller.begin("first", 0)
    for done in (0.5, 0.2, 7.0):
        _after(clock, 2)
        teller.step("values", done, 1.0)
    assert [each.done for each in book.noted] == [0.0, 0.5, 0.5, 1.0]


def test_notes_are_a_second_apart_and_a_long_step_is_noted_again() -> None:
    teller, book, clock = _teller()
    teller.begin("first", 0)
    for place in range(24):
        _after(clock, 0.125)
        teller.step("values", place / 100, 1.0)
    assert len(book.noted) == 4
    teller.listen()
    assert len(book.noted) == 4
    _after(clock, BEAT)
    teller.listen()
    assert len(book.noted) == 5
    assert book.noted[-1].at == clock.now()


def test_an_end_that_is_asked_for_interrupts_the_engine_again_and_again() -> None:
    teller, book, _ = _teller()
    teller.begin("first", 0)
    told: list[str] = []
    with teller.engaged(lambda: told.append("end")):
        teller.listen()
        assert not told
        book.ends = True
        teller.listen()
        teller.listen()
        assert told == ["end", "end"]
        with pytest.raises(Cancelled):
            teller.step("values", 0.5, 1.0)
    assert teller.stopped
    teller.listen()
    assert told == ["end", "end"], "there is no engine any more"
    with pytest.raises(Cancelled):
        teller.go_on()
    with pytest.raises(Cancelled), teller.engaged(lambda: told.append("late")):
        pytest.fail("nothing is begun any more")


def test_an_end_is_heard_when_a_step_is_noted() -> None:
    teller, book, clock = _teller()
    teller.begin("first", 0)
    book.ends = True
    _after(clock, 2)
    with pytest.raises(Cancelled):
        teller.step("values", 0.1, 1.0)
