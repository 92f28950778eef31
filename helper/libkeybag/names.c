// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keybag.h"

#include <errno.h>
#include <string.h>

#include "../common/translate.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const class_names[] = {
	[KEYBAG_CLASS_A] = "A",
	[KEYBAG_CLASS_B] = "B",
	[KEYBAG_CLASS_C] = "C",
	[KEYBAG_CLASS_D] = "D",
	[KEYBAG_CLASS_AK] = "ak",
	[KEYBAG_CLASS_CK] = "ck",
	[KEYBAG_CLASS_DK] = "dk",
	[KEYBAG_CLASS_AKU] = "aku",
	[KEYBAG_CLASS_CKU] = "cku",
	[KEYBAG_CLASS_DKU] = "dku",
	[KEYBAG_CLASS_AKPU] = "akpu",
};

static const char *const state_names[] = {
	[KEYBAG_STATE_BEFORE_FIRST_UNLOCK] = N_("before first unlock"),
	[KEYBAG_STATE_LOCKED] = N_("locked"),
	[KEYBAG_STATE_UNLOCKED] = N_("unlocked"),
	[KEYBAG_STATE_GONE] = N_("gone"),
};

static const char *const reason_names[] = {
	[KEYBAG_REASON_LOAD] = "load",
	[KEYBAG_REASON_REQUEST] = "request",
	[KEYBAG_REASON_LOGIN] = "login",
	[KEYBAG_REASON_SCREEN] = "screen",
	[KEYBAG_REASON_LOGOUT] = "logout",
	[KEYBAG_REASON_IDLE] = "idle",
	[KEYBAG_REASON_SUSPEND] = "suspend",
	[KEYBAG_REASON_HIBERNATE] = "hibernate",
	[KEYBAG_REASON_REBOOT] = "reboot",
	[KEYBAG_REASON_VM_FORK] = "vm-fork",
	[KEYBAG_REASON_PASSCODE] = "passcode",
	[KEYBAG_REASON_EVICT] = "evict",
	[KEYBAG_REASON_UNLOAD] = "unload",
	[KEYBAG_REASON_RECOVERY] = "recovery",
	[KEYBAG_REASON_FOLLOWER] = "follower",
};

static int find_name(const char *const names[], size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (names[i] && !strcmp(names[i], name))
			return (int)i;
	return -EINVAL;
}

const char *keybag_class_name(uint32_t class_number)
{
	return class_number < COUNT(class_names) ? class_names[class_number] : NULL;
}

int keybag_class_by_name(const char *name)
{
	return find_name(class_names, COUNT(class_names), name);
}

const char *keybag_state_name(uint32_t state)
{
	return state < COUNT(state_names) ? state_names[state] : N_("unknown");
}

const char *keybag_reason_name(uint32_t reason)
{
	return reason < COUNT(reason_names) && reason_names[reason] ? reason_names[reason] :
								      "unknown";
}

int keybag_reason_by_name(const char *name)
{
	return find_name(reason_names, COUNT(reason_names), name);
}

static const struct {
	int error;
	const char *text;
} error_texts[] = {
	{ EACCES, N_("not permitted: this keybag, class, right or domain is not yours") },
	{ EAGAIN, N_("too many wrong passcodes: nothing was tried, wait and try again") },
	{ EALREADY, N_("open already: nothing was tried") },
	{ EBADMSG, N_("damaged, or not sealed by this keybag, or for other associated data") },
	{ EBUSY, N_("the machine is going to sleep: try again after it has woken up") },
	{ ECANCELED, N_("a lock came in between: nothing was counted, try again") },
	{ ECONNREFUSED, N_("keybagd does not run: start it with 'systemctl start keybagd'") },
	{ ECONNRESET, N_("keybagd went away during the request: look at the status before trying again") },
	{ EDQUOT, N_("a limit for this user is reached: close what is not needed, then try again") },
	{ EEXIST, N_("there is one already") },
	{ EFBIG, N_("this process may not make so large a file: raise its limit (ulimit -f, LimitFSIZE= of a unit)") },
	{ EHOSTDOWN, N_("keybagd did not answer in time, nor take the request: restart it with 'systemctl restart keybagd'") },
	{ EINVAL, N_("malformed argument") },
	{ EIO, N_("could not be read or saved: look at the disk and at the journal of keybagd") },
	{ EKEYEXPIRED, N_("expired: the lifetime of this descriptor or ticket is over, or its class has used up its wraps") },
	{ EKEYREJECTED, N_("wrong passcode or recovery code") },
	{ EKEYREVOKED, N_("the keybag was unloaded: open it again") },
	{ EMEDIUMTYPE, N_("the device key cannot be used, or the kernel has another one: see the journal of keybagd") },
	{ EMFILE, N_("this process has too many files open: raise its limit (ulimit -n, LimitNOFILE= of a unit)") },
	{ EMSGSIZE, N_("too large") },
	{ ENODEV, N_("no device key: see the journal of keybagd") },
	{ ENOENT, N_("no such keybag, class key, recovery code or ticket") },
	{ ENOKEY, N_("locked: unlock the keybag first") },
	{ ENOMEM, N_("not enough memory, or limit of locked memory (RLIMIT_MEMLOCK)") },
	{ ENOSPC, N_("the disk is full: nothing was changed, make room and try again") },
	{ ENOTTY, N_("not /dev/keybag, or the kernel module is older than this program") },
	{ ENOTUNIQ, N_("more than one keybag of that user: remove one with 'keybagctl destroy --uuid'") },
	{ ENXIO, N_("the kernel module is not loaded: run 'modprobe keybag'") },
	{ EOPNOTSUPP, N_("not possible: a keybag without passcode cannot lock, class B has no child keys, and an older "
			 "kernel module has no class B") },
	{ EOWNERDEAD, N_("the account this keybag was made for was deleted or renamed") },
	{ EPERM, N_("needs root of the machine itself: the root of a container or user namespace is not enough") },
	{ EPROTO, N_("keybagd and this program do not understand each other: update both") },
	{ EPROTONOSUPPORT, N_("made by a newer version: update the kernel module") },
	{ EROFS, N_("the file system is read-only: nothing was changed") },
	{ ESTALE, N_("older than the keybag this machine has already seen since boot") },
	{ ETIMEDOUT, N_("keybagd did not answer in time") },
	{ EXDEV, N_("sealed to another device key: 'keybagctl recover' with the recovery code") },
};

const char *keybag_error_text(int error)
{
	size_t i;

	if (error < 0)
		error = -error;
	for (i = 0; i < COUNT(error_texts); i++)
		if (error_texts[i].error == error)
			return error_texts[i].text;
	return strerrordesc_np(error) ?: N_("unknown error");
}
