# SPDX-License-Identifier: GPL-2.0-or-later
SECRET_SERVICE := build/helper/secretservice/keybag-secret-service
SECRET_TRANSFER := build/helper/secretservice/keybag-secret-service-transfer
# This fragment is read after keychain's and libkeybag's, whose objects it names.
secret_service_objects := $(patsubst %.c,build/%.o,$(filter-out helper/secretservice/transfer/%, \
	$(wildcard helper/secretservice/*.c helper/secretservice/*/*.c helper/keychain/rules/*.c))) \
	$(KEYCHAIN_COMMON) $(HELPER_COMMON) $(HELPER_DAEMON) $(HELPER_USERSERVICE) build/helper/agent/screen.o

# A client of two services, which knows nothing of the keychain but its limits.
secret_transfer_objects := $(patsubst %.c,build/%.o,$(wildcard helper/secretservice/crypto/*.c helper/secretservice/transfer/*.c) \
	helper/secretservice/bus/wire_secret.c) build/helper/userservice/freed.o $(addprefix build/helper/daemon/,name_owner.o service_manager.o) \
	$(HELPER_CLI) $(HELPER_COMMON)

helper-programs: $(SECRET_SERVICE) $(SECRET_TRANSFER)

build/helper/secretservice/transfer/sides.o: CPPFLAGS += -DSECRET_SERVICE_PROGRAM='"$(LIBEXECDIR)/keybag-secret-service"'
build/helper/secretservice/transfer/sides.o: $(HELPER_FOLDERS)

$(SECRET_TRANSFER): $(secret_transfer_objects) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(secret_transfer_objects) $(LIBKEYBAG_LINK) -lsystemd -lcrypto -lcbor

$(SECRET_SERVICE): $(secret_service_objects) $(LIBKEYCHAIN) $(LIBKEYBAG)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(secret_service_objects) $(LIBKEYCHAIN_LINK) $(LIBKEYBAG_LINK) \
		-lsystemd -lcrypto -lcbor -lseccomp -lm

install-programs:: $(SECRET_SERVICE) $(SECRET_TRANSFER)
	install -D -m 0755 $(SECRET_SERVICE) $(DESTDIR)$(LIBEXECDIR)/keybag-secret-service
	install -D -m 0755 $(SECRET_TRANSFER) $(DESTDIR)$(LIBEXECDIR)/keybag-secret-service-transfer
	$(call install_user_service,secretservice,keybag-secret-service)
	install -m 0755 helper/secretservice/keybag-secret-service-portals $(DESTDIR)$(LIBEXECDIR)/keybag-secret-service-portals
	install -D -m 0644 helper/secretservice/Xsession $(DESTDIR)$(SYSCONFDIR)/X11/Xsession.d/61keybag-secret-service
	install -m 0644 helper/secretservice/secret-service.conf $(DESTDIR)$(DATADIR)/keychain/secret-service.conf
