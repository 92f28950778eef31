# SPDX-License-Identifier: GPL-2.0-or-later
# The SSH agent: what parses and what computes, under ASan and UBSan.
SSH_AGENT_TESTS := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/sshagent_*.c))
SSH_AGENT_TEST_OBJECTS := $(patsubst %.c,build/tests/sshagent/%.o,$(wildcard $(addprefix helper/sshagent/,wire/*.c key/*.c bind/*.c)) \
	helper/sshagent/agent/signable.c helper/keychain/certificate/ssh_key.c)

build/tests/sshagent/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -MMD -MP -c -o $@ $<
-include $(SSH_AGENT_TEST_OBJECTS:.o=.d) $(patsubst tests/unit/%.c,build/tests/sshagent/tests/unit/%.d,$(wildcard tests/unit/sshagent_*.c))

$(SSH_AGENT_TESTS): build/tests/unit/%: build/tests/sshagent/tests/unit/%.o $(SSH_AGENT_TEST_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lcrypto

unit-programs: $(SSH_AGENT_TESTS)
