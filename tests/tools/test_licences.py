"""Which licences a package may be depended on under."""

import importlib.util
from email.message import Message
from pathlib import Path

import pytest

_PATH = Path(__file__).parents[2] / "tools" / "licences.py"
_SPEC = importlib.util.spec_from_file_location("licences", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
licences = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(licences)


class Described:
    """A package that says such things of itself."""

    files = ()

    def __init__(self, *lines):
        self.metadata = Message()
        for name, value in lines:
            self.metadata[name] = value


@pytest.mark.parametrize(
    ("licence", "refused"),
    [
        ("GPL-3.0-only", True),
        ("AGPL-3.0-or-later", True),
        ("GNU General Public License v2 (GPLv2)", True),
        ("GNU Affero General Public License v3", True),
        ("MIT AND GPL-2.0-only", True),
        ("GPLv3", True),
        ("GPL-2.0-only OR MIT", False),
        ("LGPL-2.1-or-later", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("Apache-2.0 WITH LLVM-exception", False),
    ],
)
def test_only_what_leaves_no_other_choice_is_refused(licence, refused):
    assert licences.is_copyleft(licence) == refused


def test_the_expression_counts_before_classifiers_and_these_before_the_line():
    line = ("License", "GPL\nand much text")
    kind = ("Classifier", "License :: OSI Approved :: MIT License")
    assert licences.licence_of(Described(line, kind, ("License-Expression", "BSD-3-Clause"))) == "BSD-3-Clause"
    assert licences.licence_of(Described(line, kind, ("Classifier", "License :: OSI Approved"))) == "MIT License"
    assert licences.licence_of(Described(line)) == "GPL"
    assert licences.licence_of(Described()) == ""
