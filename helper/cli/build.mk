# SPDX-License-Identifier: GPL-2.0-or-later
# What keybagctl and keychainctl share.
HELPER_CLI := $(patsubst %.c,build/%.o,$(wildcard helper/cli/*.c))

helper-programs: $(HELPER_CLI)
