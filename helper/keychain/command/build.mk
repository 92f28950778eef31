# SPDX-License-Identifier: GPL-2.0-or-later
KEYCHAINCTL := build/helper/keychain/command/keychainctl

helper-programs: $(KEYCHAINCTL)

# Import takes files apart itself: no passphrase of a file goes to the service. Requests go by the library's own
# exchange, not by its shared object, whose one way for any request is JSON.
keychainctl_objects := $(patsubst %.c,build/%.o,$(wildcard helper/keychain/command/*.c helper/keychain/library/*.c \
	helper/keychain/rules/*.c)) $(filter build/helper/keychain/certificate/%,$(KEYCHAIN_ENGINE)) $(KEYCHAIN_COMMON) $(HELPER_CLI) $(HELPER_COMMON)

build/helper/keychain/command/transfer.o: CPPFLAGS += -DTRANSFER_PROGRAM='"$(LIBEXECDIR)/keybag-secret-service-transfer"'
build/helper/keychain/command/ios_reader.o: CPPFLAGS += -DIOS_PROGRAM='"$(LIBEXECDIR)/keychain-ios-backup"'
build/helper/keychain/command/transfer.o build/helper/keychain/command/ios_reader.o: $(HELPER_FOLDERS)

$(KEYCHAINCTL): $(keychainctl_objects) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(keychainctl_objects) $(LIBKEYBAG_LINK) -lcrypto -lcbor -lm -pthread

install-programs:: $(KEYCHAINCTL)
	install -D -m 0755 $(KEYCHAINCTL) $(DESTDIR)$(BINDIR)/keychainctl
	install -D -m 0644 helper/keychain/completions/keychainctl \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/keychainctl
