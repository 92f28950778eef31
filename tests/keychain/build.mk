# SPDX-License-Identifier: GPL-2.0-or-later
# Requests straight to the keychain's engine: in the machine, and on the host with a keybag of its own.
ENGINE_CALL := build/tests/keychain/engine_call
ENGINE_FAKE := build/tests/keychain/engine_fake
ENGINE_LIBRARIES := -lsqlite3 -lcrypto -lcbor -lm -pthread

build/tests/keychain/%.o: tests/keychain/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper -Ibuild/include -MMD -MP -c -o $@ $<
-include $(wildcard build/tests/keychain/*.d)

$(ENGINE_CALL): build/tests/keychain/engine_call.o $(KEYCHAIN_ENGINE) $(KEYCHAIN_COMMON) \
		$(HELPER_COMMON) $(LIBKEYBAG)
	$(CC) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBKEYBAG_LINK) $(ENGINE_LIBRARIES)

# Under ASan and UBSan.
ENGINE_FAKE_SOURCES := tests/keychain/engine_call.c tests/keychain/fake_keybag.c \
	$(patsubst build/%.o,%.c,$(KEYCHAIN_ENGINE) $(KEYCHAIN_COMMON)) \
	$(addprefix helper/common/,cbor_token.c civil_date.c descriptor.c handover.c printable.c registers.c secret.c translate.c utf8.c) \
	$(addprefix helper/libkeybag/,names.c memory.c uuid.c)
ENGINE_FAKE_OBJECTS := $(patsubst %.c,build/tests/keychain/fake/%.o,$(ENGINE_FAKE_SOURCES))
build/tests/keychain/fake/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -DFAKE_KEYBAG -MMD -MP -c -o $@ $<
-include $(ENGINE_FAKE_OBJECTS:.o=.d)

$(ENGINE_FAKE): $(ENGINE_FAKE_OBJECTS) $(patsubst %,build/tests/keychain/fake/helper/common/%.o,deadline message message_parse transport)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ $(ENGINE_LIBRARIES)

# The command, to a socket in the working folder that engine_fake serves, with the program that was built.
KEYCHAINCTL_HERE := build/tests/keychain/keychainctl
build/tests/keychain/connect.o: helper/keychain/library/connect.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper -Ibuild/include -DKEYCHAIN_SOCKET='"keychaind.sock"' -MMD -MP -c -o $@ $<

build/tests/keychain/ios_reader.o: helper/keychain/command/ios_reader.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper -Ibuild/include -DIOS_PROGRAM='"$(CURDIR)/$(IOS_BACKUP)"' -MMD -MP -c -o $@ $<

$(KEYCHAINCTL_HERE): build/tests/keychain/connect.o build/tests/keychain/ios_reader.o $(IOS_BACKUP) \
		$(filter-out %/library/connect.o %/command/ios_reader.o,$(keychainctl_objects)) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBKEYBAG_LINK) -lcrypto -lcbor -lm -pthread

guest-programs: $(ENGINE_CALL)
unit-programs: $(ENGINE_FAKE) $(KEYCHAINCTL_HERE) build/tests/unit/confine

build/tests/unit/confine: $(patsubst %,build/tests/keychain/fake/%.o,tests/unit/confine helper/confined/confine)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lseccomp

# Unit tests: tests/unit/keychain_*.c, with the same objects.
KEYCHAIN_UNIT := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/keychain_*.c))
$(KEYCHAIN_UNIT): build/tests/unit/%: build/tests/keychain/fake/tests/unit/%.o \
		$(filter-out %/engine_call.o,$(ENGINE_FAKE_OBJECTS))
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ $(ENGINE_LIBRARIES)

# Objects with which the command names, writes and reads attributes.
ATTRIBUTE_OBJECTS := $(patsubst %,build/tests/keychain/fake/helper/keychain/%.o, \
	command/attribute_name command/attribute_text library/names)
build/tests/unit/keychain_attribute_text build/tests/unit/keychain_attribute_name: $(ATTRIBUTE_OBJECTS)

# Parsers of the helpers of git and docker.
CREDENTIAL_OBJECTS := $(patsubst %,build/tests/keychain/fake/helper/%.o,cli/argument common/io \
	$(addprefix keychain/credential/,docker_message git_fields git_secret locked_text site))
build/tests/unit/keychain_credential: $(CREDENTIAL_OBJECTS)

# Which process holds a connection.
build/tests/unit/keychain_unit_credential: build/tests/keychain/fake/helper/keychain/systemd/holder.o

# The library, to a stand-in of the service.
LIBRARY_OBJECTS := $(patsubst %,build/tests/keychain/fake/helper/keychain/library/%.o,answer class_state client find items \
	iterator names query watch) $(patsubst %,build/tests/keychain/fake/helper/common/%.o,deadline descriptor owned_descriptor process_mark)
build/tests/unit/keychain_no_memory: $(LIBRARY_OBJECTS)
build/tests/unit/keychain_no_memory: ENGINE_LIBRARIES += -Wl,--wrap=malloc,--wrap=calloc,--wrap=reallocarray

# The PKCS#11 module on the library, in one piece: what the two have of their own, the engine has too.
PKCS11_TEST_OBJECTS := $(patsubst %.c,build/tests/keychain/pkcs11/%.o,$(wildcard helper/keychain/pkcs11/*.c helper/keychain/library/*.c \
	helper/keychain/base/*.c helper/keychain/transport/*.c helper/common/*.c))
build/tests/keychain/pkcs11/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) $(P11_KIT_FLAGS) -DKEYCHAIN_SOCKET='"keychaind.sock"' -MMD -MP -c -o $@ $<
-include $(PKCS11_TEST_OBJECTS:.o=.d)

build/tests/keychain/pkcs11.o: $(PKCS11_TEST_OBJECTS) build/tests/keychaind/libkeybag.o
	$(LD) -r -o $@ $^
	objcopy --wildcard --keep-global-symbol='C_*' $@
PKCS11_TESTS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/keychain_pkcs11*.c))
$(addprefix build/tests/unit/,$(PKCS11_TESTS)): build/tests/keychain/pkcs11.o $(patsubst %,build/tests/keychain/fake/%.o,tests/certificate/make tests/keychain/served \
	$(addprefix helper/common/,deadline message message_parse transport))
$(patsubst %,build/tests/keychain/fake/tests/unit/%.o,$(PKCS11_TESTS)): HELPER_TEST_FLAGS += $(P11_KIT_FLAGS)

# System calls that end the process or fail.
build/tests/unit/keychain_aside build/tests/unit/keychain_full_disk build/tests/unit/keychain_others: \
	build/tests/keychain/fake/tests/keychain/trouble.o

-include $(shell find build/tests/keychain/fake -name '*.d' 2>/dev/null)

unit-programs: $(KEYCHAIN_UNIT)
