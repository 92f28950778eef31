# SPDX-License-Identifier: GPL-2.0-or-later
# Requests straight to the keychain's engine: in the machine, and on the host with a keybag of its own.
ENGINE_CALL := build/tests/keychain/engine_call
ENGINE_FAKE := build/tests/keychain/engine_fake
ENGINE_LIBRARIES := -lsqlite3 -lcrypto -lcbor -lm -pthread

build/tests/keychain/%.o: tests/keychain/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper -Ibuild/include -MMD -MP -c -o $@ $<
-include $(wildcard build/tests/keychain/*.d)

$(ENGINE_CALL): build/tests/keychain/engine_call.o $(KEYCHAIN_ENGINE) $(KEYCHAIN_COMMON) $(KEYCHAIN_STATUS) \
		$(HELPER_COMMON) $(LIBKEYBAG)
	$(CC) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBKEYBAG_LINK) $(ENGINE_LIBRARIES)

# Under ASan and UBSan.
ENGINE_FAKE_SOURCES := tests/keychain/engine_call.c tests/keychain/fake_keybag.c \
	$(patsubst build/%.o,%.c,$(KEYCHAIN_ENGINE) $(KEYCHAIN_COMMON) $(KEYCHAIN_STATUS)) \
	$(addprefix helper/common/,cbor_token.c handover.c registers.c secret.c utf8.c) \
	$(addprefix helper/libkeybag/,names.c memory.c)
ENGINE_FAKE_OBJECTS := $(patsubst %.c,build/tests/keychain/fake/%.o,$(ENGINE_FAKE_SOURCES))
build/tests/keychain/fake/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -DFAKE_KEYBAG -MMD -MP -c -o $@ $<
-include $(ENGINE_FAKE_OBJECTS:.o=.d)

$(ENGINE_FAKE): $(ENGINE_FAKE_OBJECTS)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ $(ENGINE_LIBRARIES)

test-programs: $(ENGINE_CALL) $(ENGINE_FAKE)

# Unit tests: tests/unit/keychain_*.c, with the same objects.
KEYCHAIN_UNIT := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/keychain_*.c))
$(KEYCHAIN_UNIT): build/tests/unit/%: build/tests/keychain/fake/tests/unit/%.o \
		$(filter-out %/engine_call.o,$(ENGINE_FAKE_OBJECTS))
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ $(ENGINE_LIBRARIES)

test-programs: $(KEYCHAIN_UNIT)
