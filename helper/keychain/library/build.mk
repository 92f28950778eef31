# SPDX-License-Identifier: GPL-2.0-or-later
LIBKEYCHAIN_VERSION := 1.0.0
LIBKEYCHAIN_SONAME := libkeychain.so.1
libkeychain_objects := $(patsubst %.c,build/%.o,$(wildcard helper/keychain/library/*.c)) \
	$(KEYCHAIN_COMMON) $(HELPER_COMMON)
libkeychain_file := build/helper/lib/libkeychain.so.$(LIBKEYCHAIN_VERSION)
libkeychain_map := helper/keychain/library/libkeychain.map

helper-programs: $(LIBKEYCHAIN)

$(libkeychain_file): $(libkeychain_objects) $(libkeychain_map) $(LIBKEYBAG)
	@mkdir -p $(@D)
	$(CC) -shared $(LDFLAGS) -Wl,-z,relro,-z,now,-z,defs,--as-needed \
		-Wl,-soname,$(LIBKEYCHAIN_SONAME),--version-script=$(libkeychain_map) \
		-o $@ $(libkeychain_objects) $(LIBKEYBAG_LINK) -lcbor -lm

$(LIBKEYCHAIN): $(libkeychain_file)
	ln -sfn $(<F) build/helper/lib/$(LIBKEYCHAIN_SONAME)
	ln -sfn $(LIBKEYCHAIN_SONAME) $@
	@touch -h $@

install-programs:: $(LIBKEYCHAIN)
	install -D -m 0644 $(libkeychain_file) $(DESTDIR)$(LIBDIR)/$(notdir $(libkeychain_file))
	ln -sfn $(notdir $(libkeychain_file)) $(DESTDIR)$(LIBDIR)/$(LIBKEYCHAIN_SONAME)
	ln -sfn $(LIBKEYCHAIN_SONAME) $(DESTDIR)$(LIBDIR)/libkeychain.so
	install -D -m 0644 helper/keychain/include/keychain.h $(DESTDIR)$(INCLUDEDIR)/keychain.h
	install -D -m 0644 helper/keychain/include/keychain-status.h \
		$(DESTDIR)$(INCLUDEDIR)/keychain-status.h
	sed -e 's|@prefix@|$(PREFIX)|; s|@libdir@|$(LIBDIR)|; s|@includedir@|$(INCLUDEDIR)|' \
		-e 's|@version@|$(LIBKEYCHAIN_VERSION)|' helper/keychain/library/libkeychain.pc.in | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(LIBDIR)/pkgconfig/libkeychain.pc
	$(if $(DESTDIR),,ldconfig)
