"""Calibrations in YAML: mappings, lists, numbers and words, read by PyYAML without its tags but OpenCV's matrix.

Nothing becomes another Python object than these, and what aliases repeat counts as often as it is repeated.
"""

import re
from typing import Any

import numpy as np
import yaml
from yaml.constructor import ConstructorError

_MOST_NODES = 20_000
"""Numbers, words, lists and mappings of a file; those that aliases repeat are counted again."""
_DEEPEST = 12
_LONGEST_INTEGER = 15
"""Digits of whole numbers; longer ones are read as fractions."""
_INTEGER = re.compile(r"[-+]?(?:0|[1-9]\d*)\Z")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z")
_TRUTH = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_NOTHING = re.compile(r"(?:~|null|Null|NULL|)\Z")
_TAG = "tag:yaml.org,2002:"


def parse_yaml(text: str) -> dict[str, Any]:
    """The outermost mapping of a file; matrices of OpenCV and ROS as lists of rows.

    Raises:
        ValueError: It is broken, nested too deep or too large, has tags, or its outermost value is no mapping.
    """
    loader = _Loader(re.sub(r"\A(?:%.*\n)+", "", text))  # OpenCV's first line, %YAML:1.0, is no directive of YAML
    try:
        content = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(line + " ".join((error.problem or "not understood").split())[:200]) from error
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        raise ValueError("it is empty" if content is None else "its outermost value is no mapping")
    return content


def as_matrix(content: dict[str, Any]) -> Any:
    """Rows of numbers where a mapping is a matrix of OpenCV or ROS, else the mapping.

    Matrices of pairs (``dt: 2f``) have as many more columns.

    Raises:
        ValueError: The numbers do not fill its rows and columns.
    """
    if not {"rows", "cols", "data"} <= content.keys():
        return content
    many = re.match(r"[1-9]?", str(content.get("dt", "")))
    channels = int(many[0]) if many and many[0] else 1
    try:
        return np.reshape(content["data"], (int(content["rows"]), channels * int(content["cols"]))).tolist()
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("the numbers of a matrix do not fill its rows and columns") from error


def _mapping(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    """A mapping by the letters of its keys; rows of numbers where it is a matrix."""
    if not isinstance(node, yaml.MappingNode):
        raise ConstructorError(problem="a matrix needs rows, cols and data", problem_mark=node.start_mark)
    content: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value in content:
            raise ConstructorError(problem="a name stands there twice", problem_mark=key.start_mark)
        content[key.value] = loader.construct_object(value, deep=True)
    return as_matrix(content)


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | float:
    text = str(loader.construct_scalar(node))
    return int(text) if _INTEGER.match(text) and len(text) <= _LONGEST_INTEGER else float(text)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which counts what it makes and knows no tags but a few."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's table: by a value's first letter, what it could be
        first: [(f"{_TAG}{name}", pattern)]
        for name, pattern, letters in (
            ("float", _NUMBER, "-+.0123456789"),
            ("bool", _TRUTH, "tTfF"),
            ("null", _NOTHING, ("~", "n", "N", "")),
        )
        for first in letters
    }
    yaml_constructors = {  # noqa: RUF012 - PyYAML's table: by tag, who makes it
        f"{_TAG}map": _mapping,
        f"{_TAG}opencv-matrix": _mapping,
        f"{_TAG}seq": lambda loader, node: loader.construct_sequence(node, deep=True),
        f"{_TAG}float": _number,
        f"{_TAG}bool": lambda loader, node: str(loader.construct_scalar(node)).lower() == "true",
        f"{_TAG}null": lambda loader, node: None,
        f"{_TAG}str": lambda loader, node: loader.construct_scalar(node),
        None: yaml.SafeLoader.construct_undefined,
    }

    def __init__(self, text: str) -> None:
        try:
            super().__init__(text)
        except yaml.YAMLError as error:
            raise ValueError("it holds characters that YAML does not allow") from error
        self.nodes, self.depth = 0, 0
        self.sizes: dict[str, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """A value and all that hangs on it, counted."""
        event = self.peek_event()
        is_alias = isinstance(event, yaml.AliasEvent)
        if is_alias and event.anchor not in self.sizes:
            raise ValueError("an alias stands for nothing before it")
        before = self.nodes
        self.nodes += self.sizes[event.anchor] if is_alias else 1
        self.depth += 1
        if self.nodes > _MOST_NODES:
            raise ValueError(f"it has more than {_MOST_NODES:,} values")
        if self.depth > _DEEPEST:
            raise ValueError("it is nested too deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        if not is_alias and event.anchor is not None:
            self.sizes[event.anchor] = self.nodes - before
        return node
