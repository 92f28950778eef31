# SPDX-License-Identifier: GPL-2.0-or-later
install-programs::
	install -D -m 0644 helper/keychain/units/keychaind.socket \
		$(DESTDIR)$(UNITDIR)/keychaind.socket
	@mkdir -p $(DESTDIR)$(PREFIX)/lib/sysusers.d $(DESTDIR)$(PREFIX)/lib/tmpfiles.d
	sed 's|/usr/sbin|$(SBINDIR)|' helper/keychain/units/keychaind.service \
		> $(DESTDIR)$(UNITDIR)/keychaind.service
	install -m 0644 helper/keychain/units/sysusers.conf \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/keychain.conf
	install -m 0644 helper/keychain/units/tmpfiles.conf \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/keychain.conf
