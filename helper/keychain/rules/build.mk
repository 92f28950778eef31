# SPDX-License-Identifier: GPL-2.0-or-later
build/helper/keychain/rules/class_rules.o: CPPFLAGS += -DCLASS_RULES_OF_PACKAGES='"$(DATADIR)/keychain/secret-service.conf"'
build/helper/keychain/rules/class_rules.o: $(HELPER_FOLDERS)
