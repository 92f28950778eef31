#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""README's section on trouble is headed by messages, and the programs print them like that."""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import tap  # noqa: E402

README = (TOP / "README.md").read_text()
SECTION = README[README.index("## When something does not work"):README.index("## Documentation")]


def strings():
    """All string literals of the programs, those that the compiler joins joined."""
    text = []
    for source in sorted((TOP / "helper").rglob("*.c")):
        joined = re.sub(r'"\s*\n\s*"', "", source.read_text())
        text += re.findall(r'"((?:[^"\\\n]|\\.)*)"', joined)
    return "\n".join(text)


def test_headings():
    """each heading is a message of the programs"""
    known, unknown = strings(), []
    headings = re.findall(r"^### `(.*)`$", SECTION, re.M)
    tap.ok(len(headings) >= 12, f"{len(headings)} headings")
    tap.equal(len(headings), len(re.findall("^### ", SECTION, re.M)), "headings that are messages")
    for heading in headings:
        # What varies is a conversion or another literal.
        parts = [re.sub(r"^[^\w]+|[^\w')]+$", "", part) for part in heading.split("…")]
        unknown += [f"{part!r} of {heading!r}" for part in parts if part and part not in known]
    tap.equal(unknown, [], "not in the sources")


def test_advice():
    """each heading is followed by what to do"""
    for text in re.split(r"^### ", SECTION, flags=re.M)[1:]:
        tap.ok(len(text.split("\n\n", 1)[1].strip()) > 10, text.split("\n")[0])


tap.main()
