# SPDX-License-Identifier: GPL-2.0-or-later
#
# Code that the daemons have in common. For other fragments:
#
#   HELPER_DAEMON   objects; link with $(HELPER_COMMON) -lsystemd
HELPER_DAEMON := $(patsubst %.c,build/%.o,$(wildcard helper/daemon/*.c))

helper-programs: $(HELPER_DAEMON)
