# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the helper programs: tests/unit/helper_*.c, under ASan and UBSan with the sources they test.
HELPER_TEST_FLAGS := $(WARNINGS) -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -I. -Ihelper -Ibuild/include -DKEYBAG_BAG_FOLDER='"bags/of/a/test"' \
	-DKEYBAG_CONFIG_FOLDER='"etc/of/a/test"' -DKEYBAG_SOCKET='"test.sock"'
HELPER_TESTS := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/helper_*.c))

# All but the two programs' own main().
HELPER_TEST_SOURCES := $(wildcard helper/common/*.c helper/libkeybag/*.c) \
	$(addprefix helper/keybagd/,config.c control.c facts.c file.c form_file.c kdf.c outcome.c \
	owner_file.c record_file.c session.c store.c) helper/agent/pinentry.c \
	$(addprefix helper/daemon/,log.c state_folder.c) $(KEYBAG_CORE_SOURCES)
HELPER_TEST_OBJECTS := $(patsubst %.c,build/tests/helper/%.o,$(HELPER_TEST_SOURCES))

build/tests/helper/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -MMD -MP -c -o $@ $<
-include $(HELPER_TEST_OBJECTS:.o=.d) $(patsubst %,build/tests/helper/%.d,$(wildcard tests/unit/helper_*))

build/tests/helper/libhelper.a: $(HELPER_TEST_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(HELPER_TESTS): build/tests/unit/%: build/tests/helper/tests/unit/%.o build/tests/helper/libhelper.a $(LIBKEYBAG)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $(filter %.o %.a,$^) $(HELPER_TEST_WRAP) -lcbor -largon2 -ldl

comma := ,
# Stops at a call of one of these, as if the machine had.
build/tests/unit/helper_store: HELPER_TEST_WRAP := \
	$(patsubst %,-Wl$(comma)--wrap=%,fsync fdatasync renameat linkat unlinkat pwrite write openat)

test-programs: $(HELPER_TESTS)
