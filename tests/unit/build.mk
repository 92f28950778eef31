# SPDX-License-Identifier: GPL-2.0-or-later
# Unit and property tests of the portable core, all under ASan and UBSan.
UNIT_FLAGS := $(WARNINGS) -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_TESTS := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/*_test.c))
UNIT_TOOLS := build/tests/unit/tools/form_verdicts
UNIT_COMMON := $(addprefix build/tests/unit/objects/,$(addprefix lib/,vectors.o forms.o raw_form.o) \
	$(addprefix keybag/,$(KEYBAG_CORE_OBJECTS)))
UNIT_HEADERS := $(wildcard tests/unit/lib/*.h) $(KEYBAG_CORE_HEADERS)

build/tests/unit/objects/%.o: tests/unit/%.c $(UNIT_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(UNIT_FLAGS) -I. -c -o $@ $<

build/tests/unit/objects/keybag/%.o: keybag/%.c $(KEYBAG_CORE_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(UNIT_FLAGS) -c -o $@ $<

$(UNIT_TESTS): build/tests/unit/%: build/tests/unit/objects/%.o $(UNIT_COMMON)
	$(CC) $(UNIT_FLAGS) -o $@ $^

$(UNIT_TOOLS): build/tests/unit/tools/%: build/tests/unit/objects/tools/%.o $(UNIT_COMMON)
	@mkdir -p $(@D)
	$(CC) $(UNIT_FLAGS) -o $@ $^

unit-programs: $(UNIT_TESTS) $(UNIT_TOOLS)
