# SPDX-License-Identifier: GPL-2.0-or-later
# The keychain's service and library: what parses, under ASan and UBSan, and a program that uses the library.
KEYCHAIND_TEST := build/tests/unit/keychaind_parsers
KEYCHAIND_TEST_SOURCES := tests/unit/keychaind_parsers.c \
	$(addprefix helper/keychain/,base/cbor.c base/cbor_read.c base/cbor_write.c base/value.c transport/mailbox.c transport/page.c transport/wire.c) \
	$(addprefix helper/keychain/service/,grants/entitlement.c peer/cgroup.c peer/executable.c peer/process.c peer/security_label.c) \
	$(addprefix helper/common/,cbor_token.c civil_date.c descriptor.c handover.c message.c message_parse.c registers.c secret.c settings_file.c \
	translate.c utf8.c)
KEYCHAIND_TEST_OBJECTS := $(patsubst %.c,build/tests/keychaind/%.o,$(KEYCHAIND_TEST_SOURCES))
LIBKEYCHAIN_USE := build/tests/keychaind/library_use

build/tests/keychaind/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -MMD -MP -c -o $@ $<
-include $(KEYCHAIND_TEST_OBJECTS:.o=.d)

$(KEYCHAIND_TEST): $(KEYCHAIND_TEST_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lcbor -lm

KEYCHAIND_CONTROL_GROUPS := build/tests/unit/keychaind_control_groups
$(KEYCHAIND_CONTROL_GROUPS): $(addprefix build/tests/keychaind/,tests/unit/keychaind_control_groups.o helper/keychain/service/peer/cgroup.o)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^
-include build/tests/keychaind/tests/unit/keychaind_control_groups.d

# Its threads, with stand-ins for engines and files.
KEYCHAIND_ENGINE_CACHE := build/tests/unit/keychaind_engine_cache
KEYCHAIND_ENGINE_CACHE_OBJECTS := $(patsubst %.c,build/tests/keychaind/%.o,tests/unit/keychaind_engine_cache.c \
	helper/keychain/service/run/engine_cache.c helper/keychain/service/run/keychain_id.c)
-include $(KEYCHAIND_ENGINE_CACHE_OBJECTS:.o=.d)

$(KEYCHAIND_ENGINE_CACHE): $(KEYCHAIND_ENGINE_CACHE_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -pthread

# The same with the real engine, on files that are exchanged.
KEYCHAIND_ENGINE_FILES := build/tests/unit/keychaind_engine_files
KEYCHAIND_ENGINE_FILES_OBJECTS := $(patsubst %.c,build/tests/keychaind/%.o,tests/unit/keychaind_engine_files.c \
	$(addprefix helper/keychain/service/run/,engine_cache.c keychains.c keychain_id.c))
-include $(KEYCHAIND_ENGINE_FILES_OBJECTS:.o=.d)

$(KEYCHAIND_ENGINE_FILES): $(KEYCHAIND_ENGINE_FILES_OBJECTS) $(filter-out %/engine_call.o,$(ENGINE_FAKE_OBJECTS))
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ $(ENGINE_LIBRARIES)

# Entitlement files in folders of the test's own, with calls that fail.
KEYCHAIND_ENTITLEMENTS := build/tests/unit/keychaind_entitlements
KEYCHAIND_ENTITLEMENTS_OBJECTS := $(patsubst %.c,build/tests/keychaind/%.o,tests/unit/keychaind_entitlements.c \
	$(addprefix helper/keychain/service/,grants/entitlements.c grants/identity.c grants/place_watch.c peer/peer_kind.c) \
	helper/common/namespace.c) \
	$(filter-out %/keychaind_parsers.o,$(KEYCHAIND_TEST_OBJECTS))
-include $(KEYCHAIND_ENTITLEMENTS_OBJECTS:.o=.d)
build/tests/keychaind/helper/keychain/service/grants/entitlements.o: HELPER_TEST_FLAGS += \
	-DENTITLEMENTS_OF_ADMINISTRATOR='"etc.d"' -DENTITLEMENTS_OF_PACKAGES='"usr.d"'

$(KEYCHAIND_ENTITLEMENTS): $(KEYCHAIND_ENTITLEMENTS_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -Wl,--wrap=open,--wrap=opendir,--wrap=readdir,--wrap=fstat -o $@ $^ -lcbor -lm

# Folders that move.
KEYCHAIND_PLACE_WATCH := build/tests/unit/keychaind_place_watch
KEYCHAIND_PLACE_WATCH_OBJECTS := $(patsubst %.c,build/tests/keychaind/%.o,tests/unit/keychaind_place_watch.c \
	helper/keychain/service/grants/place_watch.c)
-include $(KEYCHAIND_PLACE_WATCH_OBJECTS:.o=.d)

$(KEYCHAIND_PLACE_WATCH): $(KEYCHAIND_PLACE_WATCH_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^

# The files of keychains, with calls that fail.
KEYCHAIND_KEYCHAINS := build/tests/unit/keychaind_keychains
KEYCHAIND_KEYCHAINS_OBJECTS := $(patsubst %.c,build/tests/keychaind/%.o,tests/unit/keychaind_keychains.c \
	$(addprefix helper/keychain/service/run/,keychains.c keychain_id.c))
-include $(KEYCHAIND_KEYCHAINS_OBJECTS:.o=.d)
build/tests/keychaind/helper/keychain/service/run/keychains.o: HELPER_TEST_FLAGS += -DKEYCHAIN_STATE_FOLDER='"state"'

$(KEYCHAIND_KEYCHAINS): $(KEYCHAIND_KEYCHAINS_OBJECTS) $(filter-out %/engine_call.o,$(ENGINE_FAKE_OBJECTS))
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -Wl,--wrap=open,--wrap=read,--wrap=stat,--wrap=unlink -o $@ $^ $(ENGINE_LIBRARIES)

# The library, to stand-ins of the two daemons, with allocations that fail.
KEYCHAIND_LIBRARY := build/tests/unit/keychaind_library
KEYCHAIND_LIBRARY_OBJECTS := $(patsubst %.c,build/tests/keychaind/%.o,tests/unit/keychaind_library.c \
	$(wildcard helper/keychain/library/*.c helper/keychain/base/*.c helper/keychain/transport/*.c))
-include $(KEYCHAIND_LIBRARY_OBJECTS:.o=.d)
build/tests/keychaind/helper/keychain/library/connect.o: HELPER_TEST_FLAGS += -DKEYCHAIN_SOCKET='"keychaind.sock"'

# The two libraries have names of their own that are the same.
build/tests/keychaind/libkeybag.o: $(patsubst %.c,build/tests/helper/%.o,$(wildcard helper/libkeybag/*.c))
	@mkdir -p $(@D)
	$(LD) -r -o $@ $^
	objcopy --wildcard --keep-global-symbol='keybag_*' $@

$(KEYCHAIND_LIBRARY): $(KEYCHAIND_LIBRARY_OBJECTS) build/tests/keychaind/libkeybag.o build/tests/helper/libhelper.a
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=reallocarray -o $@ $^ -lcbor -lm -pthread

# By the headers and the library as they are installed: nothing of the tree but what is public.
$(LIBKEYCHAIN_USE): tests/keychaind/library_use.c $(LIBKEYCHAIN) $(wildcard helper/keychain/include/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -Ihelper/keychain/include -pie -o $@ $< \
		$(LIBKEYCHAIN_LINK) -Wl,-rpath-link,build/helper/lib

BEHALF_ASK := build/tests/keychaind/behalf_ask
$(BEHALF_ASK): tests/keychaind/behalf_ask.c $(LIBKEYCHAIN) $(wildcard helper/keychain/include/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -Ihelper/keychain/include -pie -o $@ $< \
		$(LIBKEYCHAIN_LINK) -Wl,-rpath-link,build/helper/lib

# The example of libkeychain(3), as it stands there.
LIBKEYCHAIN_EXAMPLE := build/tests/keychaind/example
$(LIBKEYCHAIN_EXAMPLE).c: docs/man/libkeychain.3
	@mkdir -p $(@D)
	sed -n '/^\.Bd -literal$$/,/^\.Ed$$/ { /^\./!{ s/\\e/\\/g; p } }' $< >$@
$(LIBKEYCHAIN_EXAMPLE): $(LIBKEYCHAIN_EXAMPLE).c $(LIBKEYCHAIN) $(wildcard helper/keychain/include/*.h)
	$(CC) $(CFLAGS) -Wall -Wextra -Werror -Ihelper/keychain/include -o $@ $< \
		$(LIBKEYCHAIN_LINK) -Wl,-rpath-link,build/helper/lib

unit-programs: $(KEYCHAIND_TEST) $(KEYCHAIND_CONTROL_GROUPS) $(KEYCHAIND_ENGINE_CACHE) $(KEYCHAIND_ENGINE_FILES) \
	$(KEYCHAIND_ENTITLEMENTS) $(KEYCHAIND_PLACE_WATCH) $(KEYCHAIND_KEYCHAINS) $(KEYCHAIND_LIBRARY)
guest-programs: $(LIBKEYCHAIN_USE) $(BEHALF_ASK) $(LIBKEYCHAIN_EXAMPLE)
