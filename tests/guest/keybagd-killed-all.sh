#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: long kernel=6.1 timeout=2400 paths=helper/keybagd/store/,helper/keybagd/operation/create,helper/keybagd/operation/destroy
#
# keybagd killed -9 at every place of a change that could leave something half done.
# At landing: guest/keybagd-killed.sh, for a sample of the places.
. "$(dirname "$0")/lib/killed.sh"

kill_calls="ioctl pwrite64 write fdatasync fsync linkat renameat unlinkat openat"
kill_counts=$(seq 30)
kill_everywhere 21 16 13
finish
