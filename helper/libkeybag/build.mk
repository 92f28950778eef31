# SPDX-License-Identifier: GPL-2.0-or-later
libkeybag_objects := $(patsubst %.c,build/%.o,$(wildcard helper/libkeybag/*.c)) $(HELPER_COMMON)
libkeybag_file := build/helper/lib/libkeybag.so.$(LIBKEYBAG_VERSION)
libkeybag_map := helper/libkeybag/libkeybag.map

helper-programs: $(LIBKEYBAG)

$(libkeybag_file): $(libkeybag_objects) $(libkeybag_map)
	@mkdir -p $(@D)
	$(CC) -shared $(LDFLAGS) -Wl,-z,relro,-z,now,-z,defs,--as-needed \
		-Wl,-soname,$(LIBKEYBAG_SONAME),--version-script=$(libkeybag_map) \
		-o $@ $(libkeybag_objects) -lcbor

$(LIBKEYBAG): $(libkeybag_file)
	ln -sfn $(<F) build/helper/lib/$(LIBKEYBAG_SONAME)
	ln -sfn $(LIBKEYBAG_SONAME) $@
	@touch -h $@

install-programs:: $(LIBKEYBAG)
	install -D -m 0644 $(libkeybag_file) $(DESTDIR)$(LIBDIR)/$(notdir $(libkeybag_file))
	ln -sfn $(notdir $(libkeybag_file)) $(DESTDIR)$(LIBDIR)/$(LIBKEYBAG_SONAME)
	ln -sfn $(LIBKEYBAG_SONAME) $(DESTDIR)$(LIBDIR)/libkeybag.so
	install -D -m 0644 helper/libkeybag/keybag.h $(DESTDIR)$(INCLUDEDIR)/keybag.h
	sed -e 's|@prefix@|$(PREFIX)|; s|@libdir@|$(LIBDIR)|; s|@includedir@|$(INCLUDEDIR)|' \
		-e 's|@version@|$(LIBKEYBAG_VERSION)|' helper/libkeybag/libkeybag.pc.in | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(LIBDIR)/pkgconfig/libkeybag.pc
	$(if $(DESTDIR),,ldconfig)
