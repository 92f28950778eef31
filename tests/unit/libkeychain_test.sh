#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libkeychain: each function of its headers is exported, under its version, and nothing else is; the headers stand
# alone in C and C++.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh

folder=helper/keychain/libkeychain
library=build/helper/lib/libkeychain.so.1
[ -e $library ] || skip_all "the library is not built"

declared=$(for header in keychain.h keychain-status.h; do
	gcc -fpreprocessed -dD -E -P $folder/$header 2>/dev/null
done | grep -oE '\bkeychain_[a-z_]+\(' | tr -d '(' | sort -u)
exported=$(nm -D --defined-only $library | sed -n 's/.* T \([^@]*\)@@LIBKEYCHAIN_1$/\1/p' | sort -u)
check_equal "$exported" "$declared" "what the headers declare is exported"
check_equal "$(nm -D --defined-only $library | grep -v ' T .*@@LIBKEYCHAIN_1$' | grep -v ' A LIBKEYCHAIN_1$')" "" \
	"and nothing else is"
for language in c c++; do
	check_equal "$(echo '#include <keychain.h>' | gcc -x $language -Wall -Wextra -Werror -I$folder -fsyntax-only - 2>&1)" \
		"" "the header can be used from $language"
done
finish
