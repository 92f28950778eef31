# SPDX-License-Identifier: GPL-2.0-or-later
# The Secret Service: what parses and what computes, under ASan and UBSan.
SECRET_SERVICE_TOOL := build/tests/secretservice/session_tool
SECRET_CALLER_TEST := build/tests/unit/secretservice_caller
SECRET_SERVICE_TESTS := $(filter-out $(SECRET_CALLER_TEST),$(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/secretservice_*.c)))
SECRET_SERVICE_TEST_OBJECTS := $(patsubst %.c,build/tests/secretservice/%.o, \
	$(wildcard helper/secretservice/bus/*.c helper/secretservice/crypto/*.c) helper/keychain/rules/class_rules.c \
	$(addprefix helper/userservice/,login.c logout.c system_calls.c) helper/secretservice/store/settings.c \
	helper/secretservice/client/label.c $(addprefix helper/secretservice/transfer/,other_store.c peer.c peer_call.c peer_prompt.c record.c side.c) \
	helper/keychain/base/status.c helper/keychain/library/names.c $(addprefix helper/daemon/,closer.c last_close.c log.c name_owner.c) \
	$(addprefix helper/common/,deadline.c descriptor.c detached_thread.c handover.c registers.c secret.c settings_file.c translate.c))
# A folder of the test's own.
build/tests/secretservice/helper/keychain/rules/class_rules.o build/tests/secretservice/tests/unit/secretservice_class_rules.o: \
	HELPER_TEST_FLAGS += -DCLASS_RULES_OF_ADMINISTRATOR='"etc.conf"' -DCLASS_RULES_OF_PACKAGES='"usr.conf"'

build/tests/secretservice/helper/secretservice/store/settings.o build/tests/secretservice/tests/unit/secretservice_settings.o: \
	HELPER_TEST_FLAGS += -DSETTINGS_FILE='"settings.conf"'

# Nobody answers.
build/tests/secretservice/helper/secretservice/transfer/peer_prompt.o: HELPER_TEST_FLAGS += -DPROMPT_LIMIT_NS=3000000000ULL -DPROMPT_QUIET_NS=1500000000ULL

build/tests/secretservice/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -MMD -MP -c -o $@ $<
-include $(SECRET_SERVICE_TEST_OBJECTS:.o=.d) build/tests/secretservice/tests/secretservice/session_tool.d \
	$(patsubst tests/unit/%.c,build/tests/secretservice/tests/unit/%.d,$(wildcard tests/unit/secretservice_*.c))

$(SECRET_SERVICE_TOOL): build/tests/secretservice/tests/secretservice/session_tool.o $(SECRET_SERVICE_TEST_OBJECTS)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lsystemd -lcrypto -lseccomp

# Its two services are its own.
SECRET_COPY_TEST := build/tests/unit/secretservice_copy
$(SECRET_COPY_TEST): build/tests/secretservice/tests/unit/secretservice_copy.o $(patsubst %.c,build/tests/secretservice/%.o, \
	$(addprefix helper/secretservice/transfer/,copy.c copy_items.c record.c side.c unlock.c) \
	helper/daemon/name_owner.c $(addprefix helper/common/,secret.c translate.c))
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lsystemd
-include $(patsubst %,build/tests/secretservice/helper/secretservice/transfer/%.d,copy copy_items unlock)

# The buses are its own.
SECRET_SWITCH_TEST := build/tests/unit/secretservice_switch_over
$(SECRET_SWITCH_TEST): build/tests/secretservice/tests/unit/secretservice_switch_over.o $(patsubst %.c,build/tests/secretservice/%.o, \
	$(addprefix helper/secretservice/transfer/,switch_over.c user_folder.c) helper/daemon/name_owner.c helper/common/folder.c \
	helper/common/translate.c)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lsystemd
-include $(addprefix build/tests/secretservice/helper/,secretservice/transfer/switch_over.d secretservice/transfer/user_folder.d common/folder.d)

# The keychain, the loop and the clock are its own.
SECRET_LISTING_TEST := build/tests/unit/secretservice_listing
$(SECRET_LISTING_TEST): build/tests/secretservice/tests/unit/secretservice_listing.o $(patsubst %.c,build/tests/secretservice/%.o, 	helper/secretservice/export/listing.c helper/secretservice/client/listed.c)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ $(patsubst %,-Wl$(comma)--wrap=%,clock_gettime sd_bus_get_event sd_event_add_time \
		sd_event_source_disable_unref) -lsystemd
-include $(addprefix build/tests/secretservice/helper/secretservice/,export/listing.d client/listed.d)

$(filter-out $(SECRET_COPY_TEST) $(SECRET_SWITCH_TEST) $(SECRET_LISTING_TEST),$(SECRET_SERVICE_TESTS)): build/tests/unit/%: build/tests/secretservice/tests/unit/%.o $(SECRET_SERVICE_TEST_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lsystemd -lcrypto -lseccomp

unit-programs: $(SECRET_SERVICE_TOOL) $(SECRET_SERVICE_TESTS)

# The scripts of the package and of that of the SSH agent, for a guest that has no packages.
SECRET_SERVICE_SCRIPTS := $(patsubst helper/packaging/debian/%,build/tests/secretservice/debian/%, \
	$(wildcard helper/packaging/debian/keybag-secret-service.* helper/packaging/debian/keybag-ssh-agent.*))
build/tests/secretservice/debian/%: helper/packaging/debian/% helper/packaging/debian/as-user helper/packaging/with-functions
	@mkdir -p $(@D)
	helper/packaging/with-functions $< >$@

guest-programs: $(SECRET_SERVICE_SCRIPTS)

# For suites of other projects (tests/peers): the service itself, in which items have names that are given.
GIVEN_SERVICE := build/tests/secretservice/keybag-secret-service
given_object := build/tests/secretservice/given_names.o
given_wraps := $(foreach symbol,path_parse path_of_item open_session,-Wl,--wrap=$(symbol))

$(given_object): tests/secretservice/given_names.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -fPIC -I. -Ihelper -Ikmod/uapi -MMD -MP -c -o $@ $<
-include $(given_object:.o=.d)

$(GIVEN_SERVICE): $(given_object) $(SECRET_SERVICE)
	$(CC) $(HELPER_LDFLAGS) $(given_wraps) -o $@ $(given_object) $(secret_service_objects) $(LIBKEYCHAIN_LINK) \
		$(LIBKEYBAG_LINK) -lsystemd -lcrypto -lcbor -lseccomp -lm

host-programs: $(GIVEN_SERVICE)

# Logind and the service manager are its own.
$(SECRET_CALLER_TEST): build/tests/secretservice/tests/unit/secretservice_caller.o \
		$(addprefix build/tests/secretservice/helper/,secretservice/client/caller.o daemon/name_owner.o common/descriptor.o)
	@mkdir -p $(@D)
	$(CC) $(HELPER_TEST_FLAGS) -o $@ $^ -lsystemd
-include build/tests/secretservice/helper/secretservice/client/caller.d

unit-programs: $(SECRET_CALLER_TEST)
