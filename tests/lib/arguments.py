# SPDX-License-Identifier: GPL-2.0-or-later
"""The command lines of the programs that run tests: an argument that they do not know runs nothing."""

import argparse


def parse(description, *flags, numbers=()):
    """Those of @flags that were given, and of @numbers, which take one."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    for number in numbers:
        parser.add_argument(number, metavar="NUMBER", type=float)
    return parser.parse_args()
