# SPDX-License-Identifier: GPL-2.0-or-later
# What runs in the machine to measure; make bench starts it.
build/tests/bench/measure: $(wildcard tests/bench/*.[ch]) tests/modules/bench.h kmod/uapi/keybag.h
	@mkdir -p $(@D)
	$(CC) -O2 -g $(WARNINGS) -D_GNU_SOURCE -Ikmod/uapi -Itests/modules -o $@ $(filter %.c,$^) -lpthread

test-programs: build/tests/bench/measure
