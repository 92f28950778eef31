# SPDX-License-Identifier: GPL-2.0-or-later
# The SSH agent: what parses and what computes, under ASan and UBSan.
SSH_AGENT_TESTS := $(addprefix build/tests/unit/sshagent_,bindings keys)
SSH_AGENT_TEST_OBJECTS := $(patsubst %.c,build/tests/sshagent/%.o,$(wildcard $(addprefix helper/sshagent/,wire/*.c key/*.c bind/*.c)) \
	helper/sshagent/agent/signable.c helper/keychain/certificate/ssh_key.c)

build/tests/sshagent/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -MMD -MP -c -o $@ $<
-include $(SSH_AGENT_TEST_OBJECTS:.o=.d) $(patsubst tests/unit/%.c,build/tests/sshagent/tests/unit/%.d,$(wildcard tests/unit/sshagent_*.c))

$(SSH_AGENT_TESTS): build/tests/unit/%: build/tests/sshagent/tests/unit/%.o $(SSH_AGENT_TEST_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lcrypto

# Requests as a whole, on another clock, with stand-ins for the keychain, the keybag and the person.
SSH_AGENT_REQUESTS_OBJECTS := $(patsubst %.c,build/tests/sshagent/%.o,tests/unit/lib/ssh_requests.c \
	$(addprefix helper/sshagent/agent/,addition.c held_keys.c hidden_keys.c passphrase.c question.c request.c signature.c) \
	helper/keychain/base/status.c helper/daemon/log.c $(addprefix helper/common/,deadline.c descriptor.c printable.c registers.c secret.c translate.c utf8.c))
-include $(SSH_AGENT_REQUESTS_OBJECTS:.o=.d)

$(addprefix build/tests/unit/sshagent_,requests security_keys): build/tests/unit/%: build/tests/sshagent/tests/unit/%.o \
		$(SSH_AGENT_REQUESTS_OBJECTS) $(SSH_AGENT_TEST_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -Wl,--wrap=clock_gettime -o $@ $^ -lsystemd -lcrypto

# The program that asks, with programs of the test that answer.
SSH_AGENT_PERSON_OBJECTS := $(patsubst %.c,build/tests/sshagent/%.o,tests/unit/sshagent_person.c \
	$(addprefix helper/sshagent/,ask/ask.c person/es256.c person/program.c wire/buffer.c wire/reader.c) helper/daemon/log.c helper/agent/pinentry.c helper/agent/prompter.c \
	$(addprefix helper/common/,descriptor.c registers.c secret.c translate.c))
-include $(SSH_AGENT_PERSON_OBJECTS:.o=.d)

build/tests/unit/sshagent_person: $(SSH_AGENT_PERSON_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lsystemd

# Connections, with a stand-in for what is requested.
SSH_AGENT_CONNECTIONS_OBJECTS := $(patsubst %.c,build/tests/sshagent/%.o,tests/unit/sshagent_connections.c helper/sshagent/agent/connection.c \
	$(addprefix helper/sshagent/wire/,buffer.c reader.c) $(addprefix helper/daemon/,closer.c log.c) \
	$(addprefix helper/common/,descriptor.c detached_thread.c handover.c namespace.c registers.c secret.c transport.c translate.c))
-include $(SSH_AGENT_CONNECTIONS_OBJECTS:.o=.d)

build/tests/unit/sshagent_connections: $(SSH_AGENT_CONNECTIONS_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lsystemd

unit-programs: $(SSH_AGENT_TESTS) $(addprefix build/tests/unit/sshagent_,connections person requests security_keys)
