# SPDX-License-Identifier: GPL-2.0-or-later
KEYCHAIN := build/helper/keychain/cli/keychain

helper-programs: $(KEYCHAIN)

# Import takes files apart itself: no passphrase of a file goes to the service.
keychain_objects := $(patsubst %.c,build/%.o,$(wildcard helper/keychain/cli/*.c)) \
	$(filter build/helper/keychain/certificate/%,$(KEYCHAIN_ENGINE)) $(KEYCHAIN_COMMON) $(HELPER_COMMON)

$(KEYCHAIN): $(keychain_objects) $(LIBKEYCHAIN)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(keychain_objects) $(LIBKEYCHAIN_LINK) $(LIBKEYBAG_LINK) \
		-lcrypto -lcbor -lm -pthread

install-programs:: $(KEYCHAIN)
	install -D -m 0755 $(KEYCHAIN) $(DESTDIR)$(BINDIR)/keychain
	install -D -m 0644 helper/keychain/completions/keychain \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/keychain
