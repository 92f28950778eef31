# SPDX-License-Identifier: GPL-2.0-or-later
KEYBAG_TPM := build/helper/tpm/keybag-tpm
# By their names: this fragment is read with others before and after it.
keybag_tpm_objects := $(patsubst %.c,build/%.o,$(wildcard helper/tpm/*.c helper/confined/*.c) $(addprefix helper/common/,deadline.c heap.c registers.c) \
	$(addprefix helper/daemon/,log.c protect.c))

helper-programs: $(KEYBAG_TPM)

$(KEYBAG_TPM): $(keybag_tpm_objects)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(keybag_tpm_objects) -ltss2-esys -ltss2-mu -lcrypto -lseccomp -lsystemd

install-programs:: $(KEYBAG_TPM)
	install -D -m 0755 $(KEYBAG_TPM) $(DESTDIR)$(LIBEXECDIR)/keybag/keybag-tpm
