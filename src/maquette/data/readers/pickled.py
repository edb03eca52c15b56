"""Pickle files read without unpickling: an inert interpreter that builds plain containers, text and numpy arrays.

A pickle is a program; `pickle.load` runs whatever it names. Here nothing in the file is ever imported or called. The
instructions are only *listed*, by `pickletools.genops` of the standard library, and carried out on a stack of our
own: numbers, text, bytes, lists, tuples, dictionaries and sets are built as they stand, and the handful of patterns
by which numpy writes an array are recognised by name and built by our own code (`maquette.data.readers.pickled_numpy`).
Anything else that a pickle may ask for is refused with a sentence that names it.

A hostile file can waste little: arrays hold no more bytes than twice the file, there is a limit to the instructions,
to the stack and to how deep containers nest, and nothing here walks a container recursively, hashes it or prints it.
"""

import io
import pickletools
from pathlib import Path

import numpy as np

from maquette.data.readers.pickled_numpy import Budget, Global, Unfinished, build_known, call_known
from maquette.errors import InputError
from maquette.input_file import require_file

_MOST_BYTES = 2**31
_MOST_STEPS = 2_000_000
_DEEPEST_STACK = 100_000
_DEEPEST_NESTING = 64
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = frozenset((
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES",
    "BINBYTES8", "BYTEARRAY8",
))  # fmt: skip
_EMPTY = {"EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_DICT": dict, "EMPTY_SET": set}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_STORES = frozenset(("PUT", "BINPUT", "LONG_BINPUT"))
_FETCHES = frozenset(("GET", "BINGET", "LONG_BINGET"))
_SILENT = frozenset(("PROTO", "FRAME", "STOP"))
_MARK = object()


def read_pickle(path: Path) -> object:
    """What a pickle file holds, if that is plain containers, numbers, text and numpy arrays.

    Text that Python 2 wrote as bytes is read as Latin-1. Arrays may be read-only.

    Raises:
        InputError: The file is missing, damaged, too large, or holds or does anything else.
    """
    try:
        if path.exists():
            require_file(path)
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"'{path}' has {path.stat().st_size / 2**30:.0f} GiB, which is too much for a pickle file")
        return plain_object(path.read_bytes(), str(path))
    except FileNotFoundError:
        raise InputError(f"'{path}' is missing; unpack the data set again") from None
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error})") from error


def plain_object(data: bytes, source: str) -> object:
    """What the bytes of a pickle hold; ``source`` names them in errors (see `read_pickle`)."""
    if not data:
        raise InputError(f"'{source}' is empty; download it again")
    try:
        result = _Interpreter(data, source).result()
        _check_finished(result, source)
    except InputError:
        raise
    except Exception as error:  # Damaged and forged pickles fail in any way there is.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"'{source}' is damaged or no pickle file ({reason}); download it again") from error
    return result


class _Interpreter:
    """The stack, the memo and the limits of one pickle."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data, self.source = data, source
        self.stack: list = []
        self.memo: dict[int, object] = {}
        self.budget = Budget(2 * len(data) + 2**16)

    def result(self) -> object:
        """Carries out every instruction and gives the one object that is left."""
        for step, (instruction, argument, _) in enumerate(pickletools.genops(io.BytesIO(self.data))):
            if step >= _MOST_STEPS or len(self.stack) > _DEEPEST_STACK:
                raise self._refusal("has more instructions or open containers than any data set needs")
            self._carry_out(instruction.name, argument)
        if len(self.stack) != 1:
            raise self._refusal("is damaged (its instructions do not end in one object)")
        return self.stack[0]

    def _carry_out(self, name: str, argument: object) -> None:
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self.stack[-_TUPLES[name] :] = [tuple(self._last(_TUPLES[name]))]
        elif name in _STORES or name == "MEMOIZE":
            self._store(len(self.memo) if name == "MEMOIZE" else int(argument))  # type: ignore[call-overload]
        elif name in _FETCHES:
            self.stack.append(self.memo[int(argument)])  # type: ignore[call-overload]
        elif name not in _SILENT:
            method = getattr(self, f"_on_{name.lower()}", None)
            if method is None:
                raise self._refusal(f"wants the instruction {name}, which could run code")
            method(argument)

    def _refusal(self, what: str) -> InputError:
        return InputError(f"'{self.source}' {what}; only plain containers, text and numpy arrays are read")

    def _last(self, count: int) -> list:
        """The last ``count`` objects, still on the stack."""
        if len(self.stack) < count:
            raise ValueError("the stack is empty")
        return self.stack[-count:]

    def _since_mark(self) -> list:
        """Takes everything above the last mark, and the mark."""
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place] is _MARK:
                items = self.stack[place + 1 :]
                del self.stack[place:]
                return items
        raise ValueError("a mark is missing")

    def _store(self, key: int) -> None:
        value = self._last(1)[0]
        self.memo[key] = value
        if isinstance(value, Unfinished):
            value.memo_keys.append(key)

    def _replace_last(self, value: object) -> None:
        """Puts the finished object where the unfinished one stood, on the stack and in the memo."""
        old = self.stack[-1]
        self.stack[-1] = value
        for key in old.memo_keys if isinstance(old, Unfinished) else ():
            self.memo[key] = value

    def _on_mark(self, _: object) -> None:
        self.stack.append(_MARK)

    def _on_pop(self, _: object) -> None:
        self.stack.pop()

    def _on_pop_mark(self, _: object) -> None:
        self._since_mark()

    def _on_dup(self, _: object) -> None:
        self.stack.append(self.stack[-1])

    def _on_list(self, _: object) -> None:
        self.stack.append(self._since_mark())

    def _on_tuple(self, _: object) -> None:
        self.stack.append(tuple(self._since_mark()))

    def _on_frozenset(self, _: object) -> None:
        self.stack.append(frozenset(map(self._key, self._since_mark())))

    def _on_dict(self, _: object) -> None:
        self.stack.append(self._pairs(self._since_mark()))

    def _on_append(self, _: object) -> None:
        self._extend([self.stack.pop()])

    def _on_appends(self, _: object) -> None:
        self._extend(self._since_mark())

    def _extend(self, items: list) -> None:
        self._container(list).extend(items)

    def _on_setitem(self, _: object) -> None:
        items = self._last(2)
        del self.stack[-2:]
        self._container(dict).update(self._pairs(items))

    def _on_setitems(self, _: object) -> None:
        items = self._since_mark()
        self._container(dict).update(self._pairs(items))

    def _on_additems(self, _: object) -> None:
        items = self._since_mark()
        self._container(set).update(map(self._key, items))

    def _container(self, kind: type):
        container = self._last(1)[0]
        if type(container) is not kind:
            raise ValueError(f"a {kind.__name__} is missing")
        return container

    def _pairs(self, items: list) -> dict:
        if len(items) % 2:
            raise ValueError("a key lacks its value")
        return dict(zip(map(self._key, items[::2]), items[1::2], strict=True))

    def _key(self, key: object) -> object:
        if not (key is None or isinstance(key, str | bytes | float) or (isinstance(key, int) and abs(key) < 2**60)):
            raise self._refusal("has a dictionary or set whose keys are neither text nor usual numbers")
        return key

    def _on_global(self, argument: object) -> None:
        module, _, name = str(argument).partition(" ")
        self.stack.append(Global(module, name, self.source))

    def _on_stack_global(self, _: object) -> None:
        module, name = self._last(2)
        del self.stack[-2:]
        if not (isinstance(module, str) and isinstance(name, str)):
            raise ValueError("a global lacks its name")
        self.stack.append(Global(module, name, self.source))

    def _on_reduce(self, _: object) -> None:
        function, arguments = self._last(2)
        del self.stack[-2:]
        if not (isinstance(function, Global) and isinstance(arguments, tuple)):
            raise self._refusal("wants to call something that is no function of numpy")
        self.stack.append(call_known(function, arguments, self.budget))

    def _on_build(self, _: object) -> None:
        unfinished, state = self._last(2)
        self.stack.pop()
        if not isinstance(unfinished, Unfinished):
            raise self._refusal("wants to set the state of something that is no numpy array")
        self._replace_last(build_known(unfinished, state, self.budget))


def _check_finished(root: object, source: str) -> None:
    """Refuses containers nested too deep, and globals and arrays that were named but never built."""
    level, seen = [root], {id(root)}
    for _ in range(_DEEPEST_NESTING):
        inside = []
        for item in level:
            if isinstance(item, Global | Unfinished) or item is _MARK:
                raise InputError(f"'{source}' names {item} without making an array of it; download it again")
            inside.extend(_members(item))
        level = []
        for item in inside:
            if id(item) not in seen:
                seen.add(id(item))
                level.append(item)
        if not level:
            return
    raise InputError(f"'{source}' nests containers more than {_DEEPEST_NESTING} deep; no data set does")


def _members(item: object) -> list:
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    if isinstance(item, list | tuple):
        return list(item)
    if isinstance(item, np.ndarray) and item.dtype == object:
        return list(item.flat)
    return []
