# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the helper programs: tests/unit/helper_*.c, under ASan and UBSan with the sources they test.
HELPER_TEST_FLAGS := $(WARNINGS) -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -I. -Ihelper -Ibuild/include -DKEYBAG_BAG_FOLDER='"bags/of/a/test"' \
	-DKEYBAG_CONFIG_FOLDER='"etc/of/a/test"' -DKEYBAG_VENDOR_FOLDER='"usr/of/a/test"' \
	-DKEYBAG_SOCKET_FOLDER='"run/of/a/test"' -DKEYBAG_SOCKET='"test.sock"' \
	-DTOP_FOLDER='"$(CURDIR)"' -DTPM_PROGRAM='"$(CURDIR)/build/helper/tpm/keybag-tpm"' \
	-DORGANISATION_PROGRAM='"$(CURDIR)/build/helper/organisation/keybag-organisation"' -DKEYBAG_TPM_DEVICE='"no-tpm"' \
	-DKEYBAG_CREDENTIAL_STORE='"credstore"' -DLOCALEDIR='"build/po/locale"'
HELPER_TESTS := $(patsubst tests/unit/%.c,build/tests/unit/%,$(filter-out tests/unit/helper_secret.c tests/unit/helper_hash_memory.c, \
	$(wildcard tests/unit/helper_*.c)))

# All but the two programs' own main().
HELPER_TEST_SOURCES := $(wildcard helper/common/*.c helper/libkeybag/*.c) \
	$(addprefix helper/keybagd/,config/config.c config/config_files.c log/request_result.c store/file.c \
	store/form_file.c store/idle_file.c store/organisation_file.c organisation/organisation.c store/owner_file.c store/record_file.c store/sealed_form.c store/store.c account/account_name.c \
	logind/inhibitor.c kernel/device_ioctl.c kernel/device_key.c kernel/device_key_file.c kernel/device_key_move.c tpm/tpm.c tpm/tpm_program.c tpm/guard.c tpm/guard_verdict.c \
	tpm/tpm_device.c tpm/tpm_verdict.c bag/bag.c bag/bag_info.c bag/autoload.c bag/load.c bag/owner_check.c bag/room.c secret/kdf.c secret/wrong_passcode.c store/guard_note_file.c) \
	$(wildcard helper/keybagd/policy/*.c) helper/agent/pinentry.c $(addprefix helper/cli/,answer.c argument.c exit_status.c nearest.c output_file.c sent_text.c terminal_text.c) \
	$(addprefix helper/keybagctl/,bound.c exit_code.c sealed_file.c strength.c) helper/ios/keybag/ios_keybag.c $(addprefix helper/daemon/,closer.c confined_program.c listener.c log.c name_owner.c process_state.c state_folder.c system_bus.c) \
	$(KEYBAG_CORE_SOURCES)
HELPER_TEST_OBJECTS := $(patsubst %.c,build/tests/helper/%.o,$(HELPER_TEST_SOURCES))

build/tests/helper/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -MMD -MP -c -o $@ $<
-include $(HELPER_TEST_OBJECTS:.o=.d) $(patsubst %.c,build/tests/helper/%.d,$(wildcard tests/unit/helper_*.c tests/unit/lib/*.c))

build/tests/helper/libhelper.a: $(HELPER_TEST_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

# Files of the test's own.
build/tests/helper/helper/common/account_file.o build/tests/helper/tests/unit/helper_account_file.o: \
	HELPER_TEST_FLAGS += -DACCOUNT_FILE='"passwd"' -DACCOUNT_FILE_OF_IMAGE='"image"'

$(HELPER_TESTS): build/tests/unit/%: build/tests/helper/tests/unit/%.o build/tests/helper/libhelper.a $(LIBKEYBAG)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $(filter %.o %.a,$^) $(HELPER_TEST_WRAP) -lcbor -largon2 -ldl

comma := ,
# Stops at a call of one of these, as if the machine had.
build/tests/unit/helper_store: HELPER_TEST_WRAP := \
	$(patsubst %,-Wl$(comma)--wrap=%,fsync fdatasync renameat linkat unlinkat pwrite write openat readdir)

# Without sanitizers, whose mlock() does nothing.
build/tests/unit/helper_secret: tests/unit/helper_secret.c helper/common/ending.c helper/common/heap.c helper/common/secret.c helper/common/registers.c helper/common/translate.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -I. -Ihelper -Wl,--wrap=munmap -pie -o $@ $^

# Notes what is written and what is synced.
build/tests/unit/helper_synced: HELPER_TEST_WRAP := \
	$(patsubst %,-Wl$(comma)--wrap=%,fsync fdatasync renameat linkat unlinkat pwrite write)

build/tests/unit/helper_room: build/tests/helper/tests/unit/lib/vectors.o
build/tests/unit/helper_room: HELPER_TEST_WRAP := -Wl$(comma)--wrap=device_ioctl -Wl$(comma)--wrap=device_ioctl_status

build/tests/unit/helper_autoload: HELPER_TEST_WRAP := -Wl$(comma)--wrap=sd_event_source_set_time_relative -lsystemd

build/tests/unit/helper_sealed_file: build/tests/helper/tests/unit/lib/vectors.o
build/tests/unit/helper_sealed_file: HELPER_TEST_WRAP := -lcrypto

# The kernel module, as far as it says what it is and what it holds.
build/tests/unit/helper_bound: HELPER_TEST_WRAP := -Wl$(comma)--wrap=keybag_version_sized -Wl$(comma)--wrap=keybag_status_sized

# Errors that come late.
build/tests/unit/helper_cli: HELPER_TEST_WRAP := -Wl$(comma)--wrap=fsync -Wl$(comma)--wrap=close -Wl$(comma)--wrap=getpwnam

# A directory of accounts.
build/tests/unit/helper_account_name build/tests/unit/helper_store_files: HELPER_TEST_WRAP := -Wl$(comma)--wrap=getpwuid_r -Wl$(comma)--wrap=getpwnam_r

build/tests/unit/helper_listener build/tests/unit/helper_inhibitor: HELPER_TEST_WRAP := -lsystemd

# Certificates, read by the program, and a stop at every call that changes a file.
build/tests/unit/helper_organisation: build/helper/organisation/keybag-organisation
build/tests/unit/helper_organisation: HELPER_TEST_WRAP := $(patsubst %,-Wl$(comma)--wrap=%,fsync renameat unlinkat write) -lcrypto

# A stop at every call that changes a file.
build/tests/unit/helper_device_key_move build/tests/unit/helper_guard: build/helper/tpm/keybag-tpm build/tests/helper/tests/unit/lib/swtpm.o
build/tests/unit/helper_wrong_passcode: HELPER_TEST_WRAP := -Wl$(comma)--wrap=clock_gettime -lsystemd
build/tests/unit/helper_guard: HELPER_TEST_WRAP := -Wl$(comma)--wrap=tpm_device_open -lcrypto
build/tests/unit/helper_device_key_move: HELPER_TEST_WRAP := $(patsubst %,-Wl$(comma)--wrap=%,device_ioctl device_ioctl_is_open tpm_device_open \
	fsync fdatasync rename link unlink pwrite write)

build/tests/unit/helper_device_key: HELPER_TEST_WRAP := -Wl$(comma)--wrap=device_ioctl -Wl$(comma)--wrap=posix_fadvise

# Without sanitizers, which have a munmap() of their own.
build/tests/unit/helper_hash_memory: tests/unit/helper_hash_memory.c helper/keybagd/secret/hash_memory.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -D_GNU_SOURCE -I. -Ihelper -Itests -pie -o $@ $^ -lcrypt

unit-programs: $(HELPER_TESTS) build/tests/unit/helper_secret build/tests/unit/helper_hash_memory

# In the machine: makes keybagd see a module of another version.
build/tests/helper/other_abi.so: tests/helper/other_abi.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) -D_GNU_SOURCE -Ibuild/include -shared -fPIC -o $@ $< -ldl

# A locale with other languages, commas in numbers and letters of two bytes, for tests on the host and in the machine.
build/tests/locale/de_DE.UTF-8:
	@mkdir -p $(@D)
	@! test -e /usr/share/i18n/locales/de_DE || localedef -i de_DE -f UTF-8 $@

unit-programs: build/tests/locale/de_DE.UTF-8
guest-programs: build/tests/helper/other_abi.so build/tests/locale/de_DE.UTF-8
