# SPDX-License-Identifier: GPL-2.0-or-later
keybagctl_objects := $(patsubst %.c,build/%.o,$(wildcard helper/keybagctl/*.c)) $(HELPER_COMMON)

helper-programs: build/helper/keybagctl/keybagctl

build/helper/keybagctl/keybagctl: $(keybagctl_objects) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(keybagctl_objects) $(LIBKEYBAG_LINK) -lcbor -lkmod

install-programs:: build/helper/keybagctl/keybagctl
	install -D -m 0755 $< $(DESTDIR)$(BINDIR)/keybagctl
