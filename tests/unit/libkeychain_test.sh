#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libkeychain: each function of its headers is exported, under its version, and nothing else is; the headers stand
# alone in C and C++.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh

folder=helper/keychain/include
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
example=$(sed -n '/^\.Bd -literal$/,/^\.Ed$/ { /^\./!{ s/\\e/\\/g; p } }' docs/man/libkeychain.3)
for standard in "c -std=c11" "c++ -std=c++17"; do
	# shellcheck disable=SC2086
	check_equal "$(gcc -x $standard -pedantic -Wall -Wextra -Werror -I$folder -fsyntax-only - <<<"$example" 2>&1)" \
		"" "the example of libkeychain(3) can be built: $standard"
done
# A program needs no other package than that of the header.
mkdir -p build/tests/pkgconfig
for name in keychain keybag; do
	sed 's/@[a-z]*@/x/' helper/*/library/lib$name.pc.in helper/lib$name/lib$name.pc.in 2>/dev/null >build/tests/pkgconfig/lib$name.pc
	check_equal "$(PKG_CONFIG_LIBDIR=build/tests/pkgconfig pkg-config --cflags --libs lib$name 2>&1 | tr -d ' ')" \
		"-Ix-Lx-l$name" "pkg-config knows how to build with lib$name"
done
finish
