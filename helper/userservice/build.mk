# SPDX-License-Identifier: GPL-2.0-or-later
#
# For the fragments of services of a user's manager:
#
#   $(call install_user_service,FOLDER,NAME)   lines of a recipe: the unit, the generator, the group and the grant of a service
user_service_paths := s|/usr/bin/keybagctl|$(BINDIR)/keybagctl|; s|/usr/lib/systemd|$(PREFIX)/lib/systemd|; s|/usr/libexec|$(LIBEXECDIR)|

define install_user_service
	sed '$(user_service_paths)' helper/$(1)/$(2).service | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/user/$(2).service
	sed '$(user_service_paths)' helper/$(1)/$(2)-generator | \
		install -D -m 0755 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/user-generators/$(2)-generator
	install -D -m 0644 helper/$(1)/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/$(2).conf
	sed '$(user_service_paths)' helper/$(1)/tmpfiles.conf | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/$(2).conf
	sed '$(user_service_paths)' helper/$(1)/entitlement.conf | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(DATADIR)/keychain/entitlements.d/$(2).conf
endef
