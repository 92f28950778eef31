// SPDX-License-Identifier: GPL-2.0-or-later
#include "bound.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/module_policy.h"
#include "complain.h"
#include "exit_code.h"

static int bind_to(int fd, const struct keybag_whose *whose)
{
	switch ((enum keybag_whose_by)whose->by) {
	case KEYBAG_WHOSE_UID:
		return keybag_bind_uid(fd, whose->uid, 0, NULL);
	case KEYBAG_WHOSE_UUID:
		return keybag_bind_uuid(fd, whose->uuid, 0);
	case KEYBAG_WHOSE_SYSTEM:
		return keybag_bind_system(fd, 0, NULL);
	default:
		return keybag_bind_uid(fd, geteuid(), 0, NULL);
	}
}

/* Under sudo one's own keybag is that of root, which is seldom what is meant. */
static int complain_not_loaded(const struct keybag_whose *whose)
{
	const char *sudo_user = getenv("SUDO_USER");
	char uuid[KEYBAG_UUID_TEXT_SIZE];

	if (whose && whose->by == KEYBAG_WHOSE_SYSTEM)
		return complain(EXIT_NOT_FOUND, _("no system keybag is loaded: 'keybagctl status --system' says why, "
				"'keybagctl create --system' makes one"));
	if (whose && whose->by == KEYBAG_WHOSE_UUID) {
		keybag_uuid_format(whose->uuid, uuid);
		return complain(EXIT_NOT_FOUND, _("keybag %s is not loaded: 'keybagctl list' shows what is there"), uuid);
	}
	if (whose && whose->by == KEYBAG_WHOSE_UID)
		return complain(EXIT_NOT_FOUND, _("no keybag of uid %u is loaded: 'keybagctl status --user %u' says why"),
				whose->uid, whose->uid);
	if (!geteuid() && sudo_user && *sudo_user)
		return complain(EXIT_NOT_FOUND, _("no keybag of root is loaded: that of %s is used without sudo, or "
				"with '--user %s'"), sudo_user, sudo_user);
	return complain(EXIT_NOT_FOUND, _("no keybag of uid %u is loaded: 'keybagctl status' says why, "
			"'keybagctl create' makes one"), geteuid());
}

int bound_open(const struct keybag_whose *whose, int *ret_fd)
{
	CLEANUP_FD int fd = keybag_open();
	struct keybag_version version;
	char text[256];
	int result;

	if (fd < 0)
		return complain(exit_code_of(fd), "%s: %s", KEYBAG_DEVICE, explain_error(fd));
	if (keybag_version(fd, &version) == 0 && !module_understood(&version, text, sizeof(text)))
		return complain(EXIT_NOT_THERE, "%s: %s", KEYBAG_DEVICE, text);
	result = bind_to(fd, whose);
	if (result == -ENOENT || result == -ENOKEY)
		return complain_not_loaded(whose);
	if (result < 0)
		return complain(exit_code_of(result), "keybag: %s", explain_error(result));
	*ret_fd = take_descriptor(&fd);
	return 0;
}

int bound_refuse_terminal(const struct arguments *arguments)
{
	if (arguments->out || !isatty(STDOUT_FILENO))
		return 0;
	return complain(EXIT_USAGE, _("a blob is not for a terminal: use --out FILE or a redirection"));
}

/* Whether it is class B that the loaded module knows nothing of. It reads a long blob of B as a malformed one. */
static bool module_too_old(int fd, int error, const char *class_name)
{
	struct keybag_version version;

	return (error == -EOPNOTSUPP || error == -EINVAL) && !strcmp(class_name, "B") &&
	       keybag_version(fd, &version) == 0 && !(version.flags & KEYBAG_VERSION_UNLESS_OPEN);
}

int bound_explain(int fd, int error, const char *class_name)
{
	struct keybag_status status;

	if (module_too_old(fd, error, class_name))
		return complain(EXIT_FAILED, _("class %s: the kernel module that is loaded is too old for it: install the "
				"module of the same release and restart the machine, or use another class"), class_name);
	switch (error) {
	case -ENOKEY:
		if (keybag_status(fd, &status) < 0)
			break;
		return complain(EXIT_LOCKED, status.state == KEYBAG_STATE_LOCKED ?
				_("class %s is not available while the keybag is locked: unlock the keybag with "
				  "'keybagctl unlock'") :
				_("class %s is not available before the first unlock: unlock the keybag with "
				  "'keybagctl unlock'"), class_name);
	case -ENOENT:
		return complain(EXIT_NOT_FOUND, strcmp(class_name, "akpu") ?
				_("this keybag has no key of class %s, or not any more") :
				_("this keybag has no key of class %s: set a passcode first"), class_name);
	case -EBADMSG:
	case -EINVAL:
	case -EPROTONOSUPPORT:
		return complain(EXIT_DAMAGED, _("damaged, or not sealed by this keybag, or with another "
				"--aad"));
	case -EKEYEXPIRED:
		return complain(EXIT_FAILED, _("class %s of this keybag has used up its wraps: seal "
				"under another class"), class_name);
	case -EOPNOTSUPP:
		return complain(EXIT_FAILED, _("class B has no child keys, and this blob is one: use another --class"));
	}
	return complain(exit_code_of(error), "%s", _(keybag_error_text(error)));
}

/* Whether the keybag of @fd has that class, or has it available; true where it does not say. */
static bool has_class(int fd, const char *class_name, bool available)
{
	struct keybag_status status;
	int number = keybag_class_by_name(class_name);

	if (number < 0 || keybag_status(fd, &status) < 0)
		return true;
	return (available ? status.classes_available : status.classes_present) & KEYBAG_CLASS_BIT(number);
}

int bound_explain_rewrap(int fd, int target, int error, const char *from_class, const char *to_class)
{
	const char *from = from_class ? from_class : "?";
	bool to_blame = false;

	if (target < 0)
		target = fd;
	switch (error) {
	case -ENOKEY:
		/* Class B seals in every state. */
		to_blame = has_class(fd, from, true) && strcmp(to_class, "B") && !has_class(target, to_class, true);
		break;
	case -ENOENT:
		to_blame = !has_class(target, to_class, false);
		break;
	case -EKEYEXPIRED:
		to_blame = true;
		break;
	case -EOPNOTSUPP:
	case -EINVAL:
		to_blame = !strcmp(to_class, "B") && strcmp(from, "B");
		break;
	}
	return to_blame ? bound_explain(target, error, to_class) : bound_explain(fd, error, from);
}
