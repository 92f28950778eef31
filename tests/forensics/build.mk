# SPDX-License-Identifier: GPL-2.0-or-later
# Search in the guest's memory (tests/host/ram_search.py).
FORENSICS := build/tests/forensics/search build/tests/forensics/feed

build/tests/forensics/%: tests/forensics/%.c tests/forensics/unmask.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -pie -o $@ $<

# Linked with the libraries that the machine has installed.
build/tests/forensics/keychain-items: tests/forensics/keychain_items.c $(LIBKEYCHAIN) $(LIBKEYBAG)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper $(HELPER_CPPFLAGS) -pie -o $@ $< \
		$(LIBKEYCHAIN_LINK) $(LIBKEYBAG_LINK)

host-programs: $(FORENSICS) build/tests/forensics/keychain-items

# Clients of daemons of a login (tests/host/programs_ram.py).
build/tests/forensics/ssh-key-items: tests/forensics/ssh_key_items.c tests/forensics/unmask.h $(HELPER_COMMON)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper $(HELPER_CPPFLAGS) -pie -o $@ $< build/helper/common/registers.o

secret_item_objects := $(filter-out build/helper/secretservice/transfer/main.o,$(secret_transfer_objects))
build/tests/forensics/secret-service-items: tests/forensics/secret_service_items.c tests/forensics/unmask.h $(secret_item_objects) $(LIBKEYBAG)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper $(HELPER_CPPFLAGS) -pie -o $@ $< $(secret_item_objects) \
		$(LIBKEYBAG_LINK) -lsystemd -lcrypto -lcbor

host-programs: $(addprefix build/tests/forensics/,ssh-key-items secret-service-items)
