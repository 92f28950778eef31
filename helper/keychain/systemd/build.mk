# SPDX-License-Identifier: GPL-2.0-or-later
#
# Credentials for the service manager: by the library's own exchange, as its functions keep reasons to themselves.
KEYCHAIN_CREDENTIALS := build/helper/keychain/systemd/keychain-credentials
keychain_credentials_objects := $(patsubst %.c,build/%.o,$(wildcard helper/keychain/systemd/*.c helper/keychain/library/*.c)) \
	$(addprefix build/helper/keychain/service/peer/,cgroup.o process.o) $(KEYCHAIN_COMMON) $(HELPER_COMMON) $(HELPER_DAEMON)

helper-programs: $(KEYCHAIN_CREDENTIALS)

$(KEYCHAIN_CREDENTIALS): $(keychain_credentials_objects) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(keychain_credentials_objects) $(LIBKEYBAG_LINK) -lsystemd -lcbor -lm

install-programs:: $(KEYCHAIN_CREDENTIALS)
	install -D -m 0755 $(KEYCHAIN_CREDENTIALS) $(DESTDIR)$(LIBEXECDIR)/keychain-credentials
	install -D -m 0644 helper/keychain/systemd/keychain-credentials.socket $(DESTDIR)$(UNITDIR)/keychain-credentials.socket
	sed 's|/usr/libexec|$(LIBEXECDIR)|' helper/keychain/systemd/keychain-credentials.service | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(UNITDIR)/keychain-credentials.service
	install -D -m 0644 helper/keychain/systemd/entitlement.conf \
		$(DESTDIR)$(DATADIR)/keychain/entitlements.d/keychain-credentials.conf
