# SPDX-License-Identifier: GPL-2.0-or-later
pam_keybag := build/helper/pam/pam_keybag.so

helper-programs: $(pam_keybag)

build/helper/pam/%.o: CPPFLAGS += -fvisibility=hidden

$(pam_keybag): $(patsubst %.c,build/%.o,$(wildcard helper/pam/*.c)) build/helper/cli/sent_text.o build/helper/cli/organisation_text.o \
		build/helper/common/translate.o $(LIBKEYBAG)
	$(CC) -shared $(LDFLAGS) -Wl,-z,relro,-z,now,-z,defs,--as-needed -o $@ $^ -lpam

install-programs:: $(pam_keybag)
	install -D -m 0644 $(pam_keybag) $(DESTDIR)$(PAMDIR)/pam_keybag.so
	install -D -m 0644 helper/pam/pam-config $(DESTDIR)$(DATADIR)/pam-configs/keybag
	install -D -m 0644 helper/pam/authenticate/pam-config \
		$(DESTDIR)$(DATADIR)/pam-configs/keybag-authenticate
