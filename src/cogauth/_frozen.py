"""The base of the value classes that have a constructor of their own: equal by content, and not to be changed."""

from __future__ import annotations

from typing import ClassVar, NoReturn


class Frozen:
    """
    A value: its slots are set once, by `_set`, and two of the same class and content are equal.

    A frozen dataclass would do the same; this costs an importer `dataclasses` and each class a code generation less,
    and lets a constructor take `Group("a", "b")`.
    """

    __slots__: ClassVar[tuple[str, ...]] = ()

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _content(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._content() == other._content()

    def __hash__(self) -> int:
        return hash((type(self), *self._content()))
