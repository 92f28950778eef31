# SPDX-License-Identifier: GPL-2.0-or-later
# The kselftests, built as they would be in a kernel tree.
.PHONY: kselftests
kselftests:
	@mkdir -p build/tests/kselftest
	$(MAKE) -s -C tests/kselftest OUTPUT=$(CURDIR)/build/tests/kselftest CC="$(CC)"

kselftest-programs: kselftests
