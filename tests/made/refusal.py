"""What a refusal looks like: one sentence, exit code 2, nothing new on the disk; and a bench to make bad files on."""

import numpy as np


class Cases(dict):
    """Bad input by name: functions that make it and answer with the arguments, and words that the refusal must hold."""

    def case(self, *words):
        def listed(function):
            self[function.__name__] = (function, words)
            return function

        return listed


class Bench:
    """A folder to put bad files in, a good keypoint file, and the folder of the example data."""

    def __init__(self, folder, good, example):
        self.folder, self.good, self.example = folder, good, example

    def text(self, name, content):
        (self.folder / name).write_text(content, encoding="utf-8")
        return self.folder / name

    def raw(self, name, content):
        (self.folder / name).write_bytes(content)
        return self.folder / name

    def arrays(self, name, **arrays):
        np.savez(self.folder / name, **arrays)
        return self.folder / name

    def own(self, name, **changes):
        """The good keypoint file with some of its fields changed."""
        with np.load(self.good, allow_pickle=False) as file:
            return self.arrays(name, **({key: file[key] for key in file.files} | changes))


def contents(folder):
    """What every file of a folder holds."""
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def refused(said):
    """The refusal in lower case, if it is one."""
    assert said.code == 2, said
    assert said.err.startswith("maquette: ") and said.err.endswith("\n") and said.err.count("\n") == 1, said.err
    assert "Traceback" not in said.err + said.out and len(said.err) < 900
    return said.err.lower()


def check_refusal(run, bench, arguments, words):
    """Run a command that must be refused with those words and must leave both its folders as they were."""
    out = bench.folder.parent / "out"
    out.mkdir()
    (out / "kept.txt").write_text("what was there before")
    before = contents(out), sorted(bench.folder.iterdir())
    error = refused(run(*arguments, *(() if arguments[0] == "train" else ("--out", out))))
    for word in words:
        assert word in error, error
    assert (contents(out), sorted(bench.folder.iterdir())) == before
