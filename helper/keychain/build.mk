# SPDX-License-Identifier: GPL-2.0-or-later
#
# The keychain. Each folder here has a build.mk of its own; this one names the objects that others
# link, because fragments are read in alphabetical order:
#
#   KEYCHAIN_COMMON   values, JSON, wire format; link with -lcbor
#   KEYCHAIN_ENGINE   engine, store and certificate; link with $(KEYCHAIN_COMMON) $(KEYCHAIN_STATUS)
#                     $(HELPER_COMMON) $(LIBKEYBAG_LINK) -lsqlite3 -lcrypto
#   KEYCHAIN_STATUS   names and texts of results
#   LIBKEYCHAIN       the shared library, to depend on; link with $(LIBKEYCHAIN_LINK)
KEYCHAIN_COMMON := $(patsubst %.c,build/%.o,$(wildcard helper/keychain/common/*.c))
KEYCHAIN_ENGINE := $(patsubst %.c,build/%.o,$(filter-out %_main.c,$(wildcard \
	helper/keychain/engine/*.c helper/keychain/store/*.c helper/keychain/certificate/*.c)))
KEYCHAIN_STATUS := build/helper/keychain/libkeychain/status.o
LIBKEYCHAIN := build/helper/lib/libkeychain.so
LIBKEYCHAIN_LINK := -Lbuild/helper/lib -lkeychain

include $(wildcard helper/keychain/*/build.mk)
