# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that tests of the keychain use in the machine.
ENGINE_CALL := build/tests/keychain/engine_call

build/tests/keychain/%.o: tests/keychain/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper -Ibuild/include -MMD -MP -c -o $@ $<
-include $(wildcard build/tests/keychain/*.d)

$(ENGINE_CALL): build/tests/keychain/engine_call.o $(KEYCHAIN_ENGINE) $(KEYCHAIN_COMMON) $(KEYCHAIN_STATUS) \
		$(HELPER_COMMON) $(LIBKEYBAG)
	$(CC) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBKEYBAG_LINK) -lsqlite3 -lcrypto -lcbor -lm -pthread

test-programs: $(ENGINE_CALL)
