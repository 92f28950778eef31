# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the keychain's certificates, keys and containers: tests/unit/certificate_*.c, under ASan and
# UBSan with the sources they test. LIBCERTIFICATE is those sources, for fuzzers too.
CERTIFICATE_FLAGS := $(WARNINGS) -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -I. -Ihelper
LIBCERTIFICATE := $(wildcard helper/keychain/certificate/*.c helper/keychain/certificate/container/*.c) \
	$(addprefix helper/keychain/base/,json_date.c status.c value.c) $(addprefix helper/common/,civil_date.c secret.c registers.c translate.c utf8.c printable.c)
CERTIFICATE_OBJECTS := $(patsubst %.c,build/tests/certificate/%.o,$(LIBCERTIFICATE) tests/certificate/make.c)
CERTIFICATE_TESTS := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/certificate_*.c))

build/tests/certificate/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CERTIFICATE_FLAGS) -MMD -MP -c -o $@ $<
-include $(CERTIFICATE_OBJECTS:.o=.d) $(patsubst %.c,build/tests/certificate/%.d,$(wildcard tests/unit/certificate_*.c))

$(CERTIFICATE_TESTS): build/tests/unit/%: build/tests/certificate/tests/unit/%.o $(CERTIFICATE_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CERTIFICATE_FLAGS) -o $@ $^ -lcrypto -lpthread

unit-programs: $(CERTIFICATE_TESTS)
