# SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#
# Builds build/keybag/libkeybagcore.a for programs. Included from the top level Makefile; gives:
#
#   KEYBAG_CORE           the library, to depend on and to link
#   KEYBAG_CORE_SOURCES   its sources, for sanitizer and fuzzer builds of their own
#   KEYBAG_CORE_HEADERS   its headers
include keybag/objects.mk

KEYBAG_CORE := build/keybag/libkeybagcore.a
KEYBAG_CORE_SOURCES := $(addprefix keybag/,$(KEYBAG_CORE_OBJECTS:.o=.c))
KEYBAG_CORE_HEADERS := $(wildcard keybag/*.h)

build/keybag/%.o: keybag/%.c $(KEYBAG_CORE_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -fPIC -c -o $@ $<

$(KEYBAG_CORE): $(addprefix build/keybag/,$(KEYBAG_CORE_OBJECTS))
	rm -f $@
	$(AR) rcs $@ $^
