# SPDX-License-Identifier: GPL-2.0-or-later
# Looks at the end of a delay from close by (tests/host/guess_limits.py).
GUESS_EDGE := build/tests/guess/delay_edge

$(GUESS_EDGE): tests/guess/delay_edge.c kmod/uapi/keybag.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -Ikmod/uapi -pie -o $@ $<

host-programs: $(GUESS_EDGE)
