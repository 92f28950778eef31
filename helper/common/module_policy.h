/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel module as programs find it: not loaded, perhaps refused, or of another release.
 */
#ifndef KEYBAG_COMMON_MODULE_POLICY_H
#define KEYBAG_COMMON_MODULE_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/keybag.h>

/* Whether it loads only modules with a signature it trusts: module.sig_enforce, or lockdown. */
bool module_signature_required(void);

/* Whether it is in the kernel, with or without a device that can be seen from here. */
bool module_present(void);

/* Says why /dev/keybag is not there (ENXIO), and the remedy. One sentence, never NULL. */
const char *module_absence_text(void);

/*
 * Whether this program and a module of that version understand each other. If not, @ret_text says which
 * of them is too old and what to do.
 */
bool module_understood(const struct keybag_version *version, char *ret_text, size_t size);

#endif /* KEYBAG_COMMON_MODULE_POLICY_H */
