# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzers of everything that reads bytes from outside, and their seeds out of the vectors.
CLANG ?= clang
FUZZERS := $(patsubst tests/fuzz/%.c,build/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SEEDS := $(addsuffix .seeds,$(FUZZERS))

$(FUZZERS): build/tests/fuzz/%: tests/fuzz/%.c $(KEYBAG_CORE_SOURCES) $(KEYBAG_CORE_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(WARNINGS) -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-I. -o $@ $(filter %.c,$^)

$(FUZZ_SEEDS): tests/lib/keybag_vectors.py $(wildcard keybag/vectors/*.txt)
	PYTHONPATH=tests $(PYTHON) -m lib.keybag_vectors --seeds $@

test-programs: $(FUZZERS) $(FUZZ_SEEDS)
