# SPDX-License-Identifier: GPL-2.0-or-later
# Reads backups of iOS for keychainctl. What libplist and libcrypto free is wiped (freed.o).
IOS_BACKUP := build/helper/ios/keychain-ios-backup
ios_backup_objects := $(patsubst %.c,build/%.o,$(wildcard helper/ios/*.c helper/ios/*/*.c helper/confined/*.c helper/keychain/base/cbor*.c \
	helper/keychain/base/value.c helper/keychain/base/der.c) helper/userservice/freed.c) $(HELPER_COMMON)

helper-programs: $(IOS_BACKUP)

$(IOS_BACKUP): $(ios_backup_objects)
	$(CC) $(HELPER_LDFLAGS) -o $@ $^ -lplist-2.0 -lsqlite3 -lcrypto -lseccomp -lcbor

install-programs:: $(IOS_BACKUP)
	install -D -m 0755 $(IOS_BACKUP) $(DESTDIR)$(LIBEXECDIR)/keychain-ios-backup
