# SPDX-License-Identifier: GPL-2.0-or-later
KEYCHAIN := build/helper/keychain/cli/keychain

helper-programs: $(KEYCHAIN)

$(KEYCHAIN): $(patsubst %.c,build/%.o,$(wildcard helper/keychain/cli/*.c)) $(HELPER_COMMON) $(LIBKEYCHAIN)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBKEYCHAIN_LINK) $(LIBKEYBAG_LINK) -lcbor

install-programs:: $(KEYCHAIN)
	install -D -m 0755 $(KEYCHAIN) $(DESTDIR)$(BINDIR)/keychain
	install -D -m 0644 helper/keychain/completions/keychain \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/keychain
