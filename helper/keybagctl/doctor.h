/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keybagctl doctor: looks at everything that has to be right for keybags to work, changes nothing, and
 * names the remedy for what is wrong. Each doctor_... below is one part of it.
 */
#ifndef KEYBAGCTL_DOCTOR_H
#define KEYBAGCTL_DOCTOR_H

#include <stdbool.h>

#include "common/translate.h"
#include "libkeybag/device_key.h"
#include "libkeybag/organisation.h"

enum verdict {
	VERDICT_OK,
	VERDICT_NOTE,		/* nothing to mend, but to be known */
	VERDICT_SKIPPED,	/* could not be looked at: takes root, or something that is missing */
	VERDICT_WARNING,	/* works, and should be repaired */
	VERDICT_ERROR,		/* keeps keybags from working */
};

/* Findings of one part that others build on. */
struct patient {
	bool have_version;
	struct keybag_version version;	/* of the loaded module */
	bool have_list;
	bool have_key;
	struct keybag_device_key_info key;	/* root alone hears of it */
	struct keybag_info **infos;	/* keybags that may be seen; ends with NULL */
};

/*
 * Reports one thing. @check: its name for scripts, which stays. @remedy: what to do, NULL: nothing.
 */
__attribute__((format(printf, 4, 5))) void doctor_say(enum verdict verdict, const char *check,
						      const char *remedy, const char *format, ...);

/* Whether a file has @part in its beginning (4 KiB); false when it cannot be read. */
bool doctor_file_has(const char *path, const char *part);

void doctor_module(struct patient *patient);		/* doctor_module.c: module, signature, device */
void doctor_daemon(struct patient *patient);		/* doctor_daemon.c: keybagd */
void doctor_start(void);				/* doctor_start.c: at boot */
void doctor_keybags(const struct patient *patient);	/* doctor_daemon.c: each keybag */
void doctor_device_key(const struct patient *patient);	/* doctor_files.c */
void doctor_folder(void);				/* doctor_files.c */
void doctor_request_key(void);				/* doctor_files.c */
void doctor_pam(void);					/* doctor_pam.c */
void doctor_panic(void);				/* doctor_memory.c: what a dump would have */
bool panic_wipes(void);					/* keys are wiped before a crash kernel starts */
void doctor_keychain(void);				/* doctor_keychain.c */
void doctor_swap(void);					/* doctor_memory.c */

#endif /* KEYBAGCTL_DOCTOR_H */
