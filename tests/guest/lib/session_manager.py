#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for gnome-session: starts what the folders have that it looks into, the first file of a name, unless that is hidden. The
systemd of Debian makes no units of files that name a phase of the session. Its argument: a file for the variable it has."""

import configparser
import os
import pathlib
import shlex
import subprocess
import sys

folders = [os.environ.get("XDG_CONFIG_HOME", os.environ["HOME"] + "/.config"), *os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
files = {}
for folder in folders:
    for file in pathlib.Path(folder, "autostart").glob("*.desktop"):
        files.setdefault(file.name, file)
pathlib.Path(sys.argv[1]).write_text(os.environ.get("XDG_CONFIG_DIRS", ""), encoding="utf-8")
for file in files.values():
    entry = configparser.ConfigParser(interpolation=None, strict=False)
    entry.read(file, encoding="utf-8")
    if entry["Desktop Entry"].get("Hidden") != "true" and "X-GNOME-Autostart-Phase" in entry["Desktop Entry"]:
        subprocess.run(shlex.split(entry["Desktop Entry"]["Exec"]), check=False)
