# SPDX-License-Identifier: GPL-2.0-or-later
# Code that keybagctl and keychainctl share.
HELPER_CLI := $(patsubst %.c,build/%.o,$(wildcard helper/cli/*.c))

# Some of it is in pam_keybag, too, which exports nothing but its entry points.
build/helper/cli/%.o: CPPFLAGS += -fvisibility=hidden

helper-programs: $(HELPER_CLI)
