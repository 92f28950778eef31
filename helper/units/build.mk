# SPDX-License-Identifier: GPL-2.0-or-later
install-programs::
	install -D -m 0644 helper/units/keybagd.socket $(DESTDIR)$(UNITDIR)/keybagd.socket
	sed 's|/usr/sbin|$(SBINDIR)|' helper/units/keybagd.service | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(UNITDIR)/keybagd.service
	install -m 0644 helper/units/keybag-module.path $(DESTDIR)$(UNITDIR)/keybag-module.path
	install -D -m 0644 helper/units/60-keybag.rules \
		$(DESTDIR)$(PREFIX)/lib/udev/rules.d/60-keybag.rules
	install -D -m 0644 helper/units/modules-load.conf \
		$(DESTDIR)$(PREFIX)/lib/modules-load.d/keybag.conf
