# SPDX-License-Identifier: GPL-2.0-or-later
# Search in the guest's memory (tests/host/ram_search.py).
FORENSICS := build/tests/forensics/search build/tests/forensics/feed

build/tests/forensics/%: tests/forensics/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -pie -o $@ $<

# Linked with the libraries that the machine has installed.
build/tests/forensics/keychain-items: tests/forensics/keychain_items.c $(LIBKEYCHAIN) $(LIBKEYBAG)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper $(HELPER_CPPFLAGS) -pie -o $@ $< \
		$(LIBKEYCHAIN_LINK) $(LIBKEYBAG_LINK)

host-programs: $(FORENSICS) build/tests/forensics/keychain-items
