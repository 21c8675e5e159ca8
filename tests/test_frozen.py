"""The base of value classes: equal by content, and not to be changed."""

from __future__ import annotations

from typing import ClassVar

import pytest

from cogauth._frozen import Frozen


class Point(Frozen):
    """A value of two parts."""

    __slots__ = ("x", "y")

    x: int
    y: object

    name: ClassVar = "point"

    def __init__(self, x: int, y: object = 0) -> None:
        self._set(x=x, y=y)


class Place(Frozen):
    """Another value of the same parts."""

    __slots__ = ("x", "y")

    x: int
    y: object

    def __init__(self, x: int, y: object = 0) -> None:
        self._set(x=x, y=y)


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        pytest.param(Point(1, 2), True, id="the same content"),
        pytest.param(Point(1, 3), False, id="another part"),
        pytest.param(Point(2, 1), False, id="the parts the other way round"),
        pytest.param(Place(1, 2), False, id="another class of the same content"),
        pytest.param((1, 2), False, id="a tuple of the content"),
        pytest.param(None, False, id="nothing"),
    ],
)
def test_equal_by_class_and_content(other: object, *, equal: bool) -> None:
    """Two values are one when nothing tells them apart, and then they hash alike."""
    point = Point(1, 2)
    assert equal == (point == other)
    assert equal == (hash(point) == hash(other))


@pytest.mark.parametrize("name", ["x", "y", "z", "name", "__class__"])
def test_nothing_is_set_later(name: str) -> None:
    """Neither a part nor anything else, and the value stays what it was."""
    point = Point(1, 2)
    with pytest.raises(AttributeError, match="Point cannot be changed"):
        setattr(point, name, 5)
    assert Point(1, 2) == point


@pytest.mark.parametrize("name", ["x", "z"])
def test_nothing_is_removed_later(name: str) -> None:
    """A part cannot be taken out."""
    point = Point(1, 2)
    with pytest.raises(AttributeError, match="Point cannot be changed"):
        delattr(point, name)
    assert Point(1, 2) == point


def test_a_part_that_cannot_be_hashed_makes_a_value_that_cannot() -> None:
    """As with a tuple; equality still holds."""
    assert Point(1, [2]) == Point(1, [2])
    with pytest.raises(TypeError):
        hash(Point(1, [2]))
