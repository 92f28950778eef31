# SPDX-License-Identifier: GPL-2.0-or-later
# It asks keychaind what is lost with a keybag, and has to work where libkeychain is not installed.
keybagctl_objects := $(patsubst %.c,build/%.o,$(wildcard helper/keybagctl/*.c \
	$(addprefix helper/keychain/,base/*.c transport/*.c library/*.c) \
	helper/ios/keybag/ios_keybag.c)) $(HELPER_CLI) $(HELPER_COMMON)

# The PAM file that logins of this machine include: Debian's name of it, or that of Fedora and Arch.
PAM_STACK ?= $(if $(wildcard /etc/pam.d/common-auth),common-auth,$(if $(wildcard \
	/etc/pam.d/system-auth),system-auth,common-auth))

helper-programs: build/helper/keybagctl/keybagctl

build/helper/keybagctl/keybagctl: $(keybagctl_objects) $(KEYBAG_CORE) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(keybagctl_objects) $(KEYBAG_CORE) $(LIBKEYBAG_LINK) -lcbor -lkmod -lcrypto -lpam -lm

install-programs:: build/helper/keybagctl/keybagctl
	install -D -m 0755 $< $(DESTDIR)$(BINDIR)/keybagctl
	sed 's/@stack@/$(PAM_STACK)/' helper/keybagctl/keybagctl.pam | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(SYSCONFDIR)/pam.d/keybagctl
