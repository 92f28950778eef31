# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzers of everything that reads bytes from outside, and their seeds out of the vectors.
CLANG ?= clang
FUZZERS := $(patsubst tests/fuzz/%.c,build/tests/fuzz/%,$(filter-out \
	tests/fuzz/keychain_% tests/fuzz/ios_% tests/fuzz/sealed_file.c tests/fuzz/sshagent.c,$(wildcard tests/fuzz/*.c)))
SEALED_FUZZER := build/tests/fuzz/sealed_file
FUZZ_SEEDS := $(addsuffix .seeds,$(FUZZERS) $(SEALED_FUZZER))

$(FUZZERS): build/tests/fuzz/%: tests/fuzz/%.c $(KEYBAG_CORE_SOURCES) $(KEYBAG_CORE_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(WARNINGS) -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-I. -o $@ $(filter %.c,$^)

$(SEALED_FUZZER): build/tests/fuzz/%: tests/fuzz/%.c helper/keybagctl/sealed_file.c \
		$(addprefix helper/common/,secret.c registers.c translate.c) helper/libkeybag/names.c helper/keybagctl/sealed_file.h
	@mkdir -p $(@D)
	$(CLANG) $(WARNINGS) -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-I. -Ihelper -Ibuild/include -o $@ $(filter %.c,$^) -lcrypto

$(FUZZ_SEEDS): tests/lib/keybag_vectors.py $(wildcard keybag/vectors/*.txt)
	PYTHONPATH=tests $(PYTHON) -m lib.keybag_vectors --seeds $@

# The keychain's: queries in JSON, bodies in CBOR, certificates and what is imported, what git and docker say.
KEYCHAIN_FUZZERS := $(patsubst tests/fuzz/%.c,build/tests/fuzz/%,$(wildcard tests/fuzz/keychain_*.c))
KEYCHAIN_FUZZ_FLAGS := $(WARNINGS) -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -I. -Ihelper -Ibuild/include $(P11_KIT_FLAGS)
KEYCHAIN_FUZZ_OBJECTS := $(patsubst %.c,build/tests/fuzz/objects/%.o,$(wildcard \
	$(addprefix helper/keychain/,base/*.c transport/*.c certificate/*.c certificate/container/*.c items/*.c store/*.c command/backup_reader.c) \
	$(addprefix helper/keychain/pkcs11/,crypto.c private_key.c pss.c public_half.c) \
	$(addprefix helper/keychain/credential/,docker_message.c git_fields.c git_secret.c locked_text.c site.c) helper/cli/argument.c \
	$(addprefix helper/common/,cbor_token.c civil_date.c secret.c registers.c descriptor.c handover.c io.c printable.c translate.c utf8.c) \
	$(addprefix helper/libkeybag/,names.c memory.c uuid.c) tests/keychain/fake_keybag.c))

build/tests/fuzz/objects/%.o: %.c
	@mkdir -p $(@D)
	$(CLANG) $(KEYCHAIN_FUZZ_FLAGS) -MMD -MP -c -o $@ $<
-include $(KEYCHAIN_FUZZ_OBJECTS:.o=.d) $(patsubst build/%,build/tests/fuzz/objects/%.d,$(KEYCHAIN_FUZZERS))

build/tests/fuzz/objects/keychain.a: $(KEYCHAIN_FUZZ_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(KEYCHAIN_FUZZERS): build/tests/fuzz/%: build/tests/fuzz/objects/tests/fuzz/%.o \
		build/tests/fuzz/objects/keychain.a
	$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ -lsqlite3 -lcrypto -lcbor -lm

build/tests/fuzz/keychain_%.seeds: tests/fuzz/tools/keychain_seeds
	tests/fuzz/tools/keychain_seeds $* $@

# Keybags of iOS.
IOS_FUZZERS := build/tests/fuzz/ios_keybag
$(IOS_FUZZERS): build/tests/fuzz/%: tests/fuzz/%.c helper/ios/keybag/ios_keybag.c helper/ios/keybag/ios_keybag.h
	@mkdir -p $(@D)
	$(CLANG) $(WARNINGS) -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-I. -Ihelper -o $@ $(filter %.c,$^)

$(addsuffix .seeds,$(IOS_FUZZERS)): build/tests/fuzz/%.seeds: tests/fuzz/tools/ios_seeds tests/lib/ios_backup.py
	tests/fuzz/tools/ios_seeds $* $@

# Messages of clients of the SSH agent.
SSH_AGENT_FUZZER := build/tests/fuzz/sshagent
$(SSH_AGENT_FUZZER): build/tests/fuzz/%: tests/fuzz/%.c $(wildcard $(addprefix helper/sshagent/,wire/*.[ch] key/*.[ch] bind/*.[ch])) \
		helper/keychain/certificate/ssh_key.c
	@mkdir -p $(@D)
	$(CLANG) $(WARNINGS) -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-I. -Ihelper -o $@ $(filter %.c,$^) -lcrypto

$(SSH_AGENT_FUZZER).seeds: tests/fuzz/tools/sshagent_seeds
	tests/fuzz/tools/sshagent_seeds $@

fuzz-programs: $(IOS_FUZZERS) $(addsuffix .seeds,$(IOS_FUZZERS)) $(FUZZERS) $(SEALED_FUZZER) $(FUZZ_SEEDS) $(KEYCHAIN_FUZZERS) \
	$(addsuffix .seeds,$(KEYCHAIN_FUZZERS)) $(SSH_AGENT_FUZZER) $(SSH_AGENT_FUZZER).seeds
