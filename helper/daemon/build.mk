# SPDX-License-Identifier: GPL-2.0-or-later
#
# Code that the daemons have in common, and, in helper/userservice, services of a user's manager, which confine themselves. For
# other fragments:
#
#   HELPER_DAEMON        objects; link with $(HELPER_COMMON) -lsystemd
#   HELPER_USERSERVICE   objects; link with $(HELPER_DAEMON) and -lseccomp besides
HELPER_DAEMON := $(patsubst %.c,build/%.o,$(wildcard helper/daemon/*.c))
HELPER_USERSERVICE := $(patsubst %.c,build/%.o,$(wildcard helper/userservice/*.c))

helper-programs: $(HELPER_DAEMON)
