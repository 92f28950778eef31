# SPDX-License-Identifier: GPL-2.0-or-later
# Search in the guest's memory (tests/host/ram_search.py).
FORENSICS := build/tests/forensics/search build/tests/forensics/feed

build/tests/forensics/%: tests/forensics/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -pie -o $@ $<

test-programs: $(FORENSICS)
