#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Windows of a program on a display, as assistive programs see them. Runs in the session of the user.

  window.py show PROGRAM                      a line for each thing in sight: role, name, text, whether it can be used
  window.py await PROGRAM ROLE NAME           waits until that is in sight
  window.py gone PROGRAM ROLE NAME            waits until it is in no window
  window.py click PROGRAM ROLE NAME [TIMES]   presses the mouse on it
  window.py press PROGRAM ROLE NAME           does what a click on it does, also where it is scrolled out of sight
  window.py type PROGRAM ROLE NAME TEXT       puts TEXT into that field
  window.py widen PROGRAM WIDTH HEIGHT        makes its first window so large

NAME is the beginning of what the thing is called, of what it does, or of its text; an empty one is that of the first thing which
has the role, where the window that was opened last comes first. A thing is waited for as long as SECONDS says in the environment, or
two minutes."""

import os
import subprocess
import sys
import time
import warnings

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402  pylint: disable=wrong-import-position

warnings.simplefilter("ignore", DeprecationWarning)
SECONDS = float(os.environ.get("SECONDS", "120"))


def has(thing, *states):
    return all(thing.get_state_set().contains(state) for state in states)


def children(thing):
    found = (thing.get_child_at_index(number) for number in range(thing.get_child_count()))
    return [child for child in found if child]


def windows(program):
    """The newest one first."""
    for one in children(Atspi.get_desktop(0)):
        if (one.get_name() or "").lower() == program:
            yield from reversed(children(one))


def things(thing, depth=0):
    """This thing and all in it, as far as it is in sight."""
    if has(thing, Atspi.StateType.SHOWING):
        yield depth, thing
        for child in children(thing):
            yield from things(child, depth + 1)


def text_of(thing):
    text = thing.get_text_iface()
    return Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text)) if text else ""


def find(program, role, name):
    for window in windows(program):
        for _, thing in things(window):
            if thing.get_role_name() == role and any(
                    (word or "").startswith(name) for word in (thing.get_name(), thing.get_description(), text_of(thing))):
                return thing
    return None


def wait_for(condition, what):
    """The result of the condition, when it is one. A window may be closed while it is looked at, which is an error of the bus."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            if found := condition():
                return found
        except GLib.Error:
            pass
        if time.monotonic() > end:
            raise SystemExit(what)
        time.sleep(0.3)


def awaited(program, role, name):
    return wait_for(lambda: find(program, role, name), f"{program} shows no {role} {name!r}")


def click(program, role, name, times="1"):
    def place():
        """Where it is, when it has stayed there."""
        spots = []
        for _ in range(2):
            thing = find(program, role, name)
            spot = thing and thing.get_component_iface().get_extents(Atspi.CoordType.SCREEN)
            spots.append(spot and (spot.x + spot.width // 2, spot.y + spot.height // 2))
            time.sleep(0.2)
        return spots[0] if spots[0] == spots[1] else None
    x, y = wait_for(place, f"{program} shows no {role} {name!r}")
    subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "--repeat", times, "--delay", "50", "1"], check=True)


def enter(program, role, name, text):
    Atspi.EditableText.set_text_contents(awaited(program, role, name).get_editable_text_iface(), text)


def press(program, role, name):
    Atspi.Action.do_action(awaited(program, role, name).get_action_iface(), 0)


def widen(program, width, height):
    wait_for(lambda: list(windows(program)), f"{program} has no window")
    number = subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--class", program], stdout=subprocess.PIPE,
                            check=True).stdout.split()[0]
    subprocess.run(["xdotool", "windowsize", number, width, height, "windowmove", number, "0", "0"], check=True)


def show(program):
    for window in windows(program):
        for depth, thing in things(window):
            usable = "" if has(thing, Atspi.StateType.SENSITIVE) else ", unusable"
            print("  " * depth + f"{thing.get_role_name()}: {thing.get_name()!r} {text_of(thing)!r}{usable}")


def main():
    words = {"show": show, "await": awaited, "click": click, "press": press, "type": enter, "widen": widen,
             "gone": lambda *thing: wait_for(lambda: not find(*thing), f"there still is a {thing[1]} {thing[2]!r}")}
    word, *rest = sys.argv[1:]
    words[word](*rest)


main()
