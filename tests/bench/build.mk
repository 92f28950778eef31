# SPDX-License-Identifier: GPL-2.0-or-later
# Program that measures in the machine; make bench starts it.
bench_measure := $(filter-out tests/bench/keychain% tests/bench/secret_service.c, \
	$(wildcard tests/bench/*.[ch]))

build/tests/bench/measure: $(bench_measure) tests/modules/bench.h kmod/uapi/keybag.h
	@mkdir -p $(@D)
	$(CC) -O2 -g $(WARNINGS) -D_GNU_SOURCE -Ikmod/uapi -Itests/modules -o $@ $(filter %.c,$^) -lpthread

build/tests/bench/secret-service: tests/bench/secret_service.c
	@mkdir -p $(@D)
	$(CC) -O2 -g $(WARNINGS) -D_GNU_SOURCE -o $@ $<

# Linked with the library that the machine has installed.
build/tests/bench/keychain-measure: tests/bench/keychain_measure.c $(LIBKEYCHAIN)
	@mkdir -p $(@D)
	$(CC) -O2 -g $(WARNINGS) -D_GNU_SOURCE -I. -o $@ $< $(LIBKEYCHAIN_LINK) $(LIBKEYBAG_LINK)

bench-programs: $(addprefix build/tests/bench/,measure secret-service keychain-measure)
