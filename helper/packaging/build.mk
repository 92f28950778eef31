# SPDX-License-Identifier: GPL-2.0-or-later
#
# make deb: Debian packages in build/deb. VERSION= builds them under another version number than
# helper/common/version.h has.
.PHONY: deb
deb:
	@helper/packaging/build-deb build/deb $(VERSION)

# Files that a machine needs and that belong to no program: settings of the kernel at boot, what journalctl -x
# says about messages.
install-programs::
	install -D -m 0644 helper/packaging/tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/keybag.conf
	install -D -m 0644 helper/packaging/keybag.catalog $(DESTDIR)$(PREFIX)/lib/systemd/catalog/keybag.catalog
