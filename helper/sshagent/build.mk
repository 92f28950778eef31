# SPDX-License-Identifier: GPL-2.0-or-later
#
# The SSH agent, and the program beside it that asks and talks to security keys.
SSH_AGENT := build/helper/sshagent/keybag-ssh-agent
SSH_AGENT_HELPER := build/helper/sshagent/keybag-ssh-agent-helper
ssh_agent_objects := $(patsubst %.c,build/%.o,helper/sshagent/main.c $(filter-out helper/sshagent/person/%,$(wildcard helper/sshagent/*/*.c)) \
	helper/keychain/certificate/ssh_key.c) $(HELPER_COMMON) $(HELPER_DAEMON) $(HELPER_USERSERVICE)
ssh_agent_helper_objects := $(patsubst %.c,build/%.o,$(wildcard helper/sshagent/person/*.c helper/sshagent/wire/*.c) \
	helper/agent/pinentry.c helper/agent/prompter.c) $(HELPER_COMMON)

helper-programs: $(SSH_AGENT) $(SSH_AGENT_HELPER)

build/helper/sshagent/main.o: CPPFLAGS += -DSSH_AGENT_HELPER='"$(LIBEXECDIR)/keybag-ssh-agent-helper"'
build/helper/sshagent/main.o: $(HELPER_FOLDERS)

$(SSH_AGENT): $(ssh_agent_objects) $(LIBKEYCHAIN) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(ssh_agent_objects) $(LIBKEYCHAIN_LINK) $(LIBKEYBAG_LINK) -lsystemd -lcrypto -lcbor -lseccomp

$(SSH_AGENT_HELPER): $(ssh_agent_helper_objects)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(ssh_agent_helper_objects) -lsystemd -lcbor -lfido2

install-programs:: $(SSH_AGENT) $(SSH_AGENT_HELPER)
	install -D -m 0755 $(SSH_AGENT) $(DESTDIR)$(LIBEXECDIR)/keybag-ssh-agent
	install -m 0755 $(SSH_AGENT_HELPER) $(DESTDIR)$(LIBEXECDIR)/keybag-ssh-agent-helper
	$(call install_user_service,sshagent,keybag-ssh-agent)
	install -m 0644 helper/sshagent/keybag-ssh-agent.socket $(DESTDIR)$(PREFIX)/lib/systemd/user/keybag-ssh-agent.socket
	install -D -m 0644 helper/sshagent/Xsession $(DESTDIR)$(SYSCONFDIR)/X11/Xsession.d/61keybag-ssh-agent
	install -D -m 0644 helper/sshagent/profile $(DESTDIR)$(SYSCONFDIR)/X11/Xsession.d/89keybag-ssh-agent
	install -D -m 0644 helper/sshagent/profile $(DESTDIR)$(SYSCONFDIR)/profile.d/keybag-ssh-agent.sh
