# SPDX-License-Identifier: GPL-2.0-or-later
install-programs::
	install -D -m 0644 helper/completions/keybagctl $(DESTDIR)$(DATADIR)/bash-completion/completions/keybagctl
