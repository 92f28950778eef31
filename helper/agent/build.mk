# SPDX-License-Identifier: GPL-2.0-or-later
keybag_agent := build/helper/agent/keybag-agent
# By its name: this fragment is read before the one that sets LIBKEYBAG.
keybag_agent_library := build/helper/lib/libkeybag.so

helper-programs: $(keybag_agent)

$(keybag_agent): $(patsubst %.c,build/%.o,$(wildcard helper/agent/*.c)) $(addprefix build/helper/daemon/,name_owner.o system_bus.o) \
		build/helper/cli/argument.o build/helper/cli/sent_text.o build/helper/common/ending.o build/helper/common/heap.o \
		build/helper/common/translate.o \
		$(keybag_agent_library)
	$(CC) -pie $(LDFLAGS) -Wl,-z,relro,-z,now,--as-needed -o $@ $^ -lsystemd

install-programs:: $(keybag_agent)
	install -D -m 0755 $(keybag_agent) $(DESTDIR)$(BINDIR)/keybag-agent
	sed 's|/usr/bin|$(BINDIR)|' helper/agent/keybag-agent.service | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/user/keybag-agent.service
	sed 's|/usr/bin|$(BINDIR)|' helper/agent/keybag-agent-once.service | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/user/keybag-agent-once.service
	sed 's|/usr/bin|$(BINDIR)|' helper/agent/keybag-agent-check.service | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/user/keybag-agent-check.service
	sed 's|/usr/bin|$(BINDIR)|' helper/agent/keybag-ask@.service | \
		install -D -m 0644 /dev/stdin $(DESTDIR)$(UNITDIR)/keybag-ask@.service
	install -D -m 0644 helper/agent/keybag-agent.desktop \
		$(DESTDIR)$(SYSCONFDIR)/xdg/autostart/keybag-agent.desktop
