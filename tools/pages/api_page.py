"""Write docs/api.md, the public names of the library, out of their signatures and docstrings; run by `make docs`."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, NamedTuple

from docstrings import markdown
from records import ROOT

import maquette
from maquette import errors
from maquette.api.stage import StageProgress
from maquette.body.skeleton import Skeleton
from maquette.data.shards.index import ShardIndex
from maquette.geometry.camera import PinholeCamera
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import Estimator
from maquette.io.keypoints import Keypoints
from maquette.metrics.score import ScoreRow, ScoreTable

PAGE = ROOT / "docs" / "api.md"
FUNCTIONS = (
    "predict", "lift", "read_keypoints", "read_result", "load_method", "evaluate", "synthesise", "find_skeleton"
)  # fmt: skip
CLASSES = ("Estimate", "Poses2d", "Poses3d")
BESIDE = (Keypoints, Skeleton, PinholeCamera, ScoreTable, ScoreRow, ShardIndex, Estimator, Detector, StageProgress)
"""What those take and give as well; these are imported from their own modules."""
INTRODUCTION = """# Python

`import maquette` offers the names below. It is quick: what a name needs is loaded when it is first used. This page is
made from the docstrings by `make docs`.

```python
import maquette

estimate = maquette.predict("walk.mp4", height_m=1.75)
estimate  # in a notebook: a page to turn and scroll
estimate.poses.joints  # (frames, persons, joints, 3), metres, camera frame: x right, y down, z forward
estimate.save("walk.npz")  # or .json, .csv, .trc, .html, .mp4, .png
maquette.lift("openpose_folder")  # the same from the keypoint files of any detector
maquette.read_result("walk.npz")  # and back again
```

The command line does the same by the same functions. Paths are text or `Path`. [CONVENTIONS.md](../CONVENTIONS.md) says
what the numbers mean."""
_WIDTH = 110
"""Letters of a signature that stays on one line."""


class Member(NamedTuple):
    """A field, property or method of a class."""

    node: ast.AnnAssign | ast.FunctionDef
    words: str
    """Its docstring."""
    module: str
    """Where it is defined."""


def main() -> None:
    """Write the page."""
    PAGE.write_text(api_page(), encoding="utf-8")


def api_page() -> str:
    """The whole page."""
    functions = [function_part(getattr(maquette, name), f"maquette.{name}") for name in FUNCTIONS]
    classes = [class_part(getattr(maquette, name), "##") for name in CLASSES]
    beside = [class_part(kind, "###") for kind in BESIDE]
    failures = f"## Errors\n\n`maquette.errors` has them:\n\n```text\n{inspect.getdoc(errors)}\n```"
    return "\n\n".join([INTRODUCTION, *functions, *classes, "## What these take and give", *beside, failures]) + "\n"


def function_part(function: Any, name: str) -> str:
    """A heading, the signature and what the docstring says."""
    node = definition_of(function)
    assert isinstance(node, ast.FunctionDef)
    shown = signature(node, name, function.__module__)
    return f"## {node.name}\n\n```python\n{shown}\n```\n\n{markdown(ast.get_docstring(node) or '')}"


def class_part(kind: type, mark: str) -> str:
    """A heading, what the docstring says, the fields as a list, then properties and methods."""
    place = "" if kind.__name__ in CLASSES else f"`{kind.__module__}.{kind.__name__}`"
    members = list(members_of(kind))
    fields = [field_line(one) for one in members if isinstance(one.node, ast.AnnAssign)]
    methods = [method_part(one) for one in members if isinstance(one.node, ast.FunctionDef)]
    parts = [f"{mark} {kind.__name__}", place, markdown(inspect.getdoc(kind) or ""), "\n".join(fields), *methods]
    return "\n\n".join(part for part in parts if part).replace("_Kind", kind.__name__)


def definition_of(thing: Any) -> ast.FunctionDef | ast.ClassDef:
    """The syntax tree of a function or class."""
    node = ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    return node


def members_of(kind: type) -> Iterator[Member]:
    """What is public in a class, that of its base classes first; words hold until a class says others."""
    found: dict[str, Member] = {}
    for base in reversed([base for base in kind.__mro__ if base.__module__.startswith("maquette.")]):
        body = definition_of(base).body
        for node, after in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.AnnAssign):
                name, words = ast.unparse(node.target), words_in(after)
            elif isinstance(node, ast.FunctionDef):
                name, words = node.name, ast.get_docstring(node) or ""
            else:
                continue
            if not name.startswith("_") or name == "__call__":
                before = found[name].words if name in found else ""
                found[name] = Member(node, words or before, base.__module__)
    yield from found.values()


def words_in(node: ast.stmt | None) -> str:
    """The text of the string that stands under a field, if there is one."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return inspect.cleandoc(node.value.value)
    return ""


def field_line(field: Member) -> str:
    """One field of a list, with its type and its default."""
    assert isinstance(field.node, ast.AnnAssign)
    said = f": {' '.join(markdown(field.words).split())}" if field.words else ""
    default = None if isinstance(field.node.value, ast.Call) else field.node.value
    named = ast.arg(ast.unparse(field.node.target), field.node.annotation)
    return f"- `{argument(named, default, field.module)}`{said}"


def method_part(method: Member) -> str:
    """A property or method in bold, and what its docstring says."""
    node = method.node
    assert isinstance(node, ast.FunctionDef)
    words = markdown(method.words)
    if any(ast.unparse(mark) in ("property", "cached_property") for mark in node.decorator_list):
        return f"**`.{node.name}: {type_text(node.returns)}`**\n\n{words}"
    name = "" if node.name == "__call__" else f".{node.name}"
    return f"**`{signature(node, name, method.module, width=None)}`**\n\n{words}"


def signature(node: ast.FunctionDef, name: str, module: str, *, width: int | None = _WIDTH) -> str:
    """Such as ``maquette.load_method(name: str)``; an argument a line where it would be longer than ``width``."""
    given = node.args
    padded = [*[None] * (len(given.args) - len(given.defaults)), *given.defaults]
    plain = [
        argument(*pair, module) for pair in zip(given.args, padded, strict=True) if pair[0].arg not in ("self", "cls")
    ]
    packed = [f"*{argument(given.vararg, None, module)}"] if given.vararg else ["*"] if given.kwonlyargs else []
    named = [argument(*pair, module) for pair in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    rest = [f"**{argument(given.kwarg, None, module)}"] if given.kwarg else []
    parts = [*plain, *packed, *named, *rest]
    returns = f" -> {type_text(node.returns)}"
    line = f"{name}({', '.join(parts)}){returns}"
    if width is None or len(line) <= width:
        return line
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), f"){returns}"])


def argument(given: ast.arg, default: ast.expr | None, module: str) -> str:
    """Name, type and default; text that a default is called by is written out."""
    text = f"{given.arg}: {type_text(given.annotation)}"
    if default is None:
        return text
    value = getattr(sys.modules[module], ast.unparse(default), None)
    return f"{text} = {value!r}" if isinstance(value, str) else f"{text} = {ast.unparse(default)}"


def type_text(annotation: ast.expr | None) -> str:
    """A type as it is written, without the quotes of names that are not defined yet."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return "None" if annotation is None else ast.unparse(annotation)


if __name__ == "__main__":
    main()
