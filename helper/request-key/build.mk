# SPDX-License-Identifier: GPL-2.0-or-later
request_key := build/helper/request-key/request-key

helper-programs: $(request_key)

$(request_key): $(patsubst %.c,build/%.o,$(wildcard helper/request-key/*.c)) $(LIBKEYBAG)
	$(CC) -pie $(LDFLAGS) -Wl,-z,relro,-z,now,--as-needed -o $@ $^ -lkeyutils

install-programs:: $(request_key)
	install -D -m 0755 $(request_key) $(DESTDIR)$(LIBEXECDIR)/keybag/request-key
	sed 's|/usr/libexec|$(LIBEXECDIR)|' helper/request-key/keybag.conf | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(SYSCONFDIR)/request-key.d/keybag.conf
