# SPDX-License-Identifier: GPL-2.0-or-later
KEYBAG_ORGANISATION := build/helper/organisation/keybag-organisation
# By their names: this fragment is read with others before and after it.
keybag_organisation_objects := $(patsubst %.c,build/%.o,$(wildcard helper/organisation/*.c helper/confined/*.c) \
	$(addprefix helper/common/,heap.c recovery_code.c registers.c utf8.c) $(addprefix helper/daemon/,log.c protect.c))

helper-programs: $(KEYBAG_ORGANISATION)

$(KEYBAG_ORGANISATION): $(keybag_organisation_objects)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(keybag_organisation_objects) -lcrypto -lseccomp -lsystemd

install-programs:: $(KEYBAG_ORGANISATION)
	install -D -m 0755 $(KEYBAG_ORGANISATION) $(DESTDIR)$(LIBEXECDIR)/keybag/keybag-organisation
