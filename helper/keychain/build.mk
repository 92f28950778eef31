# SPDX-License-Identifier: GPL-2.0-or-later
#
# The keychain. Each folder here has a build.mk of its own; this one names the objects that others
# link, because fragments are read in alphabetical order:
#
#   KEYCHAIN_COMMON   base and transport: values, JSON, names of results, wire format; link with -lcbor
#   KEYCHAIN_ENGINE   items, store and certificate; link with $(KEYCHAIN_COMMON) $(HELPER_COMMON)
#                     $(LIBKEYBAG_LINK) -lsqlite3 -lcrypto
#   LIBKEYCHAIN       the shared library, to depend on; link with $(LIBKEYCHAIN_LINK)
KEYCHAIN_COMMON := $(patsubst %.c,build/%.o,$(wildcard helper/keychain/base/*.c helper/keychain/transport/*.c))
KEYCHAIN_ENGINE := $(patsubst %.c,build/%.o,$(wildcard helper/keychain/items/*.c helper/keychain/store/*.c \
	helper/keychain/certificate/*.c helper/keychain/certificate/container/*.c))
LIBKEYCHAIN := build/helper/lib/libkeychain.so
LIBKEYCHAIN_LINK := -Lbuild/helper/lib -lkeychain

include $(wildcard helper/keychain/*/build.mk)
