# SPDX-License-Identifier: GPL-2.0-or-later
KEYCHAIND := build/helper/keychain/service/keychaind
keychaind_objects := $(patsubst %.c,build/%.o,$(wildcard helper/keychain/service/*.c helper/keychain/service/*/*.c)) \
	$(KEYCHAIN_ENGINE) $(KEYCHAIN_COMMON) $(HELPER_COMMON) $(HELPER_DAEMON)

helper-programs: $(KEYCHAIND)

build/helper/keychain/service/grants/entitlements.o: CPPFLAGS += -DENTITLEMENTS_OF_PACKAGES='"$(DATADIR)/keychain/entitlements.d"'
build/helper/keychain/service/grants/entitlements.o: $(HELPER_FOLDERS)

$(KEYCHAIND): $(keychaind_objects) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(keychaind_objects) $(LIBKEYBAG_LINK) \
		-lsqlite3 -lcrypto -lsystemd -lcbor -pthread -lm

install-programs:: $(KEYCHAIND)
	install -D -m 0755 $(KEYCHAIND) $(DESTDIR)$(SBINDIR)/keychaind
	install -d -m 0755 $(DESTDIR)$(SYSCONFDIR)/keychain/entitlements.d
	install -d -m 0755 $(DESTDIR)$(DATADIR)/keychain/entitlements.d
