# SPDX-License-Identifier: GPL-2.0-or-later
install-programs::
	install -D -m 0644 helper/keychain/units/keychaind.socket \
		$(DESTDIR)$(UNITDIR)/keychaind.socket
	sed 's|/usr/sbin|$(SBINDIR)|' helper/keychain/units/keychaind.service | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(UNITDIR)/keychaind.service
	install -D -m 0644 helper/keychain/units/sysusers.conf \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/keychain.conf
	install -D -m 0644 helper/keychain/units/tmpfiles.conf \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/keychain.conf
