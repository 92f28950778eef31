# SPDX-License-Identifier: GPL-2.0-or-later
keybagd_objects := $(patsubst %.c,build/%.o,$(wildcard helper/keybagd/*.c helper/keybagd/*/*.c)) \
	$(HELPER_COMMON) $(HELPER_DAEMON)

helper-programs: build/helper/keybagd/keybagd

build/helper/keybagd/keybagd: $(keybagd_objects) $(KEYBAG_CORE) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(keybagd_objects) $(KEYBAG_CORE) $(LIBKEYBAG_LINK) \
		-largon2 -lcrypt -lsystemd -lcbor -laudit -pthread

install-programs:: build/helper/keybagd/keybagd
	install -D -m 0755 $< $(DESTDIR)$(SBINDIR)/keybagd
	install -d -m 0755 $(DESTDIR)$(SYSCONFDIR)/keybag
	test -e $(DESTDIR)$(SYSCONFDIR)/keybag/keybagd.conf || \
		install -m 0644 helper/keybagd/keybagd.conf $(DESTDIR)$(SYSCONFDIR)/keybag/keybagd.conf
	install -d -m 0700 $(DESTDIR)/var/lib/keybag/bags

build/helper/keybagd/tpm/tpm_program.o: CPPFLAGS += -DTPM_PROGRAM='"$(LIBEXECDIR)/keybag/keybag-tpm"'
build/helper/keybagd/tpm/tpm_program.o: $(HELPER_FOLDERS)
build/helper/keybagd/organisation/organisation.o: CPPFLAGS += -DORGANISATION_PROGRAM='"$(LIBEXECDIR)/keybag/keybag-organisation"'
build/helper/keybagd/organisation/organisation.o: $(HELPER_FOLDERS)
