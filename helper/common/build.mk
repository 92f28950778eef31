# SPDX-License-Identifier: GPL-2.0-or-later
#
# Code that the programs of helper/ share. For the other fragments:
#
#   HELPER_COMMON     objects of helper/common, position independent, hidden symbols
#   LIBKEYBAG         the shared library, to depend on; link with $(LIBKEYBAG_LINK)
#   HELPER_LDFLAGS    for programs
#   HELPER_CPPFLAGS   -I for <linux/keybag.h>; libkeybag is "libkeybag/keybag.h"
HELPER_COMMON := $(patsubst %.c,build/%.o,$(wildcard helper/common/*.c))
HELPER_LDFLAGS := -pie -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS)

LIBKEYBAG_VERSION := 1.0.0
LIBKEYBAG_SONAME := libkeybag.so.1
LIBKEYBAG := build/helper/lib/libkeybag.so
LIBKEYBAG_LINK := -Lbuild/helper/lib -lkeybag

# The kernel's header under the name it is installed by.
$(shell mkdir -p build/include/linux && ln -sfn ../../../kmod/uapi/keybag.h build/include/linux/keybag.h)
HELPER_CPPFLAGS := -Ibuild/include
build/helper/%: CPPFLAGS := $(HELPER_CPPFLAGS) $(CPPFLAGS)

build/helper/common/%.o: CPPFLAGS += -fvisibility=hidden
build/helper/common/translate.o: CPPFLAGS += -DLOCALEDIR='"$(LOCALEDIR)"'

# Objects that have folders compiled in are compiled again where these are others, as by a PREFIX that only 'make install' is given:
#   $(HELPER_FOLDERS)   to depend on
HELPER_FOLDERS := build/helper/folders
.PHONY: look-at-folders
$(HELPER_FOLDERS): look-at-folders
	@mkdir -p $(@D)
	@echo '$(LOCALEDIR) $(DATADIR) $(LIBEXECDIR)' | cmp -s - $@ || echo '$(LOCALEDIR) $(DATADIR) $(LIBEXECDIR)' > $@
build/helper/common/translate.o: $(HELPER_FOLDERS)
