"""Options that are numbers: anything else is answered in one sentence that names the option."""

import re
from collections.abc import Sequence

from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from maquette.errors import SettingError


def number_registry(arguments: Sequence[str]) -> ConstructorRegistry:
    """How numbers are read out of these arguments, for the parser."""
    registry = ConstructorRegistry()

    @registry.primitive_rule
    def _rule(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec[int | float] | None:
        kind = info.type
        if kind is not int and kind is not float:
            return None
        return PrimitiveConstructorSpec(
            nargs=1,
            metavar=kind.__name__.upper(),
            instance_from_str=lambda texts: _read(kind, texts[0], arguments),
            is_instance=lambda value: isinstance(value, int | float),
            str_from_instance=lambda value: [str(value)],
        )

    return registry


def _read(kind: type[int] | type[float], text: str, arguments: Sequence[str]) -> int | float:
    try:
        return kind(text)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        start = re.match(r"[-+]?\d+(?:[.,]\d+)?", text if kind is float else "")
        hint = f" without unit or comma, such as {start[0].replace(',', '.')}" if start else ""
        raise SettingError(f"{_option_of(text, arguments)} takes {wanted}{hint}; '{text:.40}' is none") from None


def _option_of(value: str, arguments: Sequence[str]) -> str:
    """The option that was given the value."""
    for before, argument in zip(("", *arguments), arguments, strict=False):
        if argument == value and before.startswith("--"):
            return before
        option, equals, given = argument.partition("=")
        if equals and given == value and option.startswith("--"):
            return option
    return "an option"
