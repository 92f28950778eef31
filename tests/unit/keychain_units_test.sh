#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Exposure of keychaind's unit, by systemd's own measure, and the bounds it sets.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
unit=$top/helper/keychain/units/keychaind.service
systemd-analyze security --offline=true --no-pager "$unit" >/dev/null 2>&1 || skip_all "no systemd-analyze that can do so offline"

found=$(systemd-analyze security --offline=true --no-pager --threshold=20 "$unit" 2>&1)
check_equal "$?" 0 "an exposure of 2.0 of 10 at most"
grep -i "overall exposure" <<<"$found" | diagnose
check_equal "$(grep -c -E '^(MemorySwapMax=0|MemoryMax=1G|TasksMax=704|LimitMEMLOCK=infinity|LimitCORE=0)$' "$unit")" 5 \
	"memory is locked, neither swapped nor dumped, and bounded; so are threads"
finish
