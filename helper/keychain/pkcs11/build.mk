# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module for p11-kit: by the library as it is installed, as other programs load it into themselves.
KEYCHAIN_PKCS11 := build/helper/keychain/pkcs11/keychain-pkcs11.so
keychain_pkcs11_objects := $(patsubst %.c,build/%.o,$(wildcard helper/keychain/pkcs11/*.c) helper/keychain/base/der.c) $(HELPER_COMMON)
keychain_pkcs11_map := helper/keychain/pkcs11/keychain-pkcs11.map
P11_KIT_FLAGS := $(shell pkg-config --cflags p11-kit-1 2>/dev/null)
PKCS11_MODULES := $(DATADIR)/p11-kit/modules

helper-programs: $(KEYCHAIN_PKCS11)

build/helper/keychain/pkcs11/%.o: CPPFLAGS += $(P11_KIT_FLAGS) -fvisibility=hidden

$(KEYCHAIN_PKCS11): $(keychain_pkcs11_objects) $(keychain_pkcs11_map) $(LIBKEYCHAIN)
	$(CC) -shared $(LDFLAGS) -Wl,-z,relro,-z,now,-z,defs,--as-needed -Wl,--version-script=$(keychain_pkcs11_map) \
		-o $@ $(keychain_pkcs11_objects) $(LIBKEYCHAIN_LINK) -lcrypto -lcbor -Wl,-rpath-link,build/helper/lib

install-programs:: $(KEYCHAIN_PKCS11)
	install -D -m 0644 $(KEYCHAIN_PKCS11) $(DESTDIR)$(LIBDIR)/pkcs11/keychain-pkcs11.so
	install -D -m 0644 helper/keychain/pkcs11/keychain.module $(DESTDIR)$(PKCS11_MODULES)/keychain.module
