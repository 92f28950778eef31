# SPDX-License-Identifier: GPL-2.0-or-later
"""Planted faults: patches that break the product, each with the landing test that must notice (tests/faults)."""

import collections
import datetime
import fnmatch
import re

from . import discover, slices

FOLDER = discover.TESTS / "faults"
CAUGHT_BY = re.compile(r"^Caught by: (\S+)(?: (\S+))?$", re.M)
CHANGED = re.compile(r"^\+\+\+ b/(\S+)", re.M)
INTRO = """## Planted faults

Faults that `make faults` plants into a copy of the tree, one at a time, and the landing test that fails then.
"""
COLUMNS = ("fault", "file", "caught by", "commit", "date")

# The test is named as in the logs of tests/run, kselftest/lock_test.c; the kernel as KERNEL takes it.
Fault = collections.namedtuple("Fault", "name path sentence files test kernel")
Row = collections.namedtuple("Row", "fault files test commit date")


def read(path):
    """A patch with its header: a sentence, and "Caught by: suite/file [kernel]"."""
    text = path.read_text()
    header = text[:text.find("\n--- ") + 1]
    caught = CAUGHT_BY.search(header)
    return Fault(path.stem, path, header.splitlines()[0] if header else "", CHANGED.findall(text),
                 caught[1] if caught else None, caught and caught[2] or "6.1")


def find(pattern=None):
    """All, or those that the pattern (words; glob or part of the name) names."""
    words = (pattern or "").split()
    def wanted(name):
        return any(word in name or fnmatch.fnmatch(name, word) for word in words)
    return [read(path) for path in sorted(FOLDER.glob("*.patch"), key=lambda path: path.stem)
            if not words or wanted(f"faults/{path.stem}")]


def landing_test(fault):
    """The test that the fault names, or None if no landing has it."""
    suite = (fault.test or "").split("/")[0]
    tests = discover.find(suite, built=False) if suite in discover.SUITES else []
    return next((test for test in tests if test.name == fault.test and not test.long
                 and test.kernel in (None, fault.kernel)), None)


def rows():
    """The rows of docs/proof.md by the fault's name."""
    found = {}
    for cells in slices.table(COLUMNS):
        name = re.match(r"`(\S+)`: ", cells[0])
        if name and len(cells) == len(Row._fields):
            found[name[1]] = Row(*cells)
    return found


def _cell(text):
    """One line that ends no cell of a table."""
    return " ".join(text.replace("|", "/").split())


def record(fault, failed, commit):
    """Writes the row of a fault: FAILED is what its test said at COMMIT. Rows of faults that are gone go."""
    every = rows()
    every[fault.name] = Row(f"`{fault.name}`: {_cell(fault.sentence)}", _cell(" ".join(fault.files)),
                            _cell(f"{fault.test}: {failed}")[:120], commit, datetime.date.today().isoformat())
    slices.write_table(COLUMNS, [every[each.name] for each in find() if each.name in every], INTRO)


def current(fault):
    """It was caught, and nothing but proofs has changed since."""
    row = rows().get(fault.name)
    return bool(row and slices.current(row))
