"""What is said for people never stops the work."""

import os
import sys

from maquette.cli.console import say


def test_the_work_goes_on_when_nobody_reads_any_more(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as unread:
        monkeypatch.setattr(sys, "stdout", unread)
        say("first")
        say("second")
