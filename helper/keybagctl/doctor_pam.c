// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether the login stack reaches pam_keybag, behind what verifies the password.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "pam/services.h"
#include "pam_stack.h"

#define MODULE		"pam_keybag.so"
#define ENABLE		_("'pam-auth-update --enable keybag' as root; by hand: pam_keybag(8)")

/* Modules that verify a password. */
static const char *const verifiers[] = {
	"pam_unix.so", "pam_sss.so", "pam_ldap.so", "pam_krb5.so", "pam_winbind.so",
	"pam_systemd_home.so", "pam_userdb.so", "pam_pwdfile.so", "pam_himmelblau.so",
};

static bool module_installed(void)
{
	static const char *const places[] = {
		"/usr/lib/*/security/" MODULE, "/lib/*/security/" MODULE, "/usr/lib/security/" MODULE,
		"/usr/lib64/security/" MODULE,
	};
	bool found = false;
	glob_t files;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]) && !found; i++) {
		found = glob(places[i], 0, NULL, &files) == 0;
		if (found)
			globfree(&files);
	}
	return found;
}

/* Where it takes over a verified password; -1: it verifies by itself, or is not there. */
static int find_taking_over(const struct pam_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->count; i++)
		if (!strcmp(stack->rules[i].module, MODULE) &&
		    !strstr(stack->rules[i].arguments, "authenticate"))
			return (int)i;
	return -1;
}

/* Whether that service's authentication is right; says so if not. */
static bool check_auth(const char *service, const struct pam_stack *stack)
{
	int place = find_taking_over(stack), verifier;
	bool verified = false, late = false;
	size_t i;

	if (place < 0)
		return true;
	for (i = 0; i < sizeof(verifiers) / sizeof(verifiers[0]); i++) {
		verifier = pam_stack_find(stack, verifiers[i]);
		if (verifier < 0)
			continue;
		verified = verified || verifier < place;
		late = late || verifier > place;
		if (verifier < place && pam_rule_passes_over(stack, verifier, place)) {
			doctor_say(VERDICT_ERROR, "pam-order",
				   _("let the success of that module lead to pam_keybag.so, as in pam_keybag(8)"),
				   _("/etc/pam.d/%s: %s ends authentication ('%s') before pam_keybag.so is reached"), service,
				   verifiers[i], stack->rules[verifier].control);
			return false;
		}
	}
	if (verified || !late)
		return true;
	doctor_say(VERDICT_ERROR, "pam-order", _("move it behind the module that verifies the password"),
		   _("/etc/pam.d/%s: pam_keybag.so stands before the module that verifies the password"), service);
	return false;
}

/* Whether a rule can refuse, as far as its control says. */
static bool can_refuse(const struct pam_rule *rule)
{
	static const char *const harmless[] = { "pam_permit.so", "pam_env.so", "pam_group.so", "pam_warn.so" };
	size_t i;

	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (!strcmp(rule->module, harmless[i]))
			return false;
	if (*rule->control == '[')
		return strstr(rule->control, "=die") || strstr(rule->control, "=bad");
	return !strcasecmp(rule->control, "required") || !strcasecmp(rule->control, "requisite");
}

/* A locker opens the keybag when its turn in the stack comes, whatever those behind it say. */
static void check_locker(const char *service)
{
	struct pam_stack stack;
	size_t i;
	int place;

	if (pam_stack_read(service, "auth", &stack) < 0)
		return;
	place = find_taking_over(&stack);
	for (i = (size_t)(place + 1); place >= 0 && i < stack.count; i++) {
		if (!can_refuse(&stack.rules[i]))
			continue;
		doctor_say(VERDICT_WARNING, "pam-order", _("let pam_keybag.so be the last of the auth lines"),
			   _("/etc/pam.d/%s: %s can still refuse when pam_keybag.so has opened the keybag: the screen stays "
			   "locked, the keybag is open for a while"), service, stack.rules[i].module);
		break;
	}
	pam_stack_free(&stack);
}

/* Services that are set up on this machine. */
struct count {
	int right;
	int wrong;	/* reached in a way that does not work */
	int missed;
	char names[1024];	/* of those, with commas between */
};

enum reach { REACH_NO_FILE, REACH_NONE, REACH_WRONG, REACH_RIGHT };

static enum reach check_service(const char *service)
{
	struct pam_stack stack;
	enum reach reach;
	int result = pam_stack_read(service, "auth", &stack);

	if (result < 0) {
		doctor_say(VERDICT_ERROR, "pam", _("look at its includes"), "/etc/pam.d/%s: %s", service,
			   result == -ELOOP ? _("it includes itself") : translate_errno(result));
		return REACH_WRONG;
	}
	if (!stack.count)
		reach = REACH_NO_FILE;
	else if (pam_stack_find(&stack, MODULE) < 0)
		reach = REACH_NONE;
	else
		reach = check_auth(service, &stack) ? REACH_RIGHT : REACH_WRONG;
	pam_stack_free(&stack);
	return reach;
}

static bool has_module(const char *service, const char *type)
{
	struct pam_stack stack;
	bool has;

	if (pam_stack_read(service, type, &stack) < 0)
		return true;
	has = !stack.count || pam_stack_find(&stack, MODULE) >= 0;
	pam_stack_free(&stack);
	return has;
}

/* Told when it is known whether others open keybags. */
static void note_missed(const char *service, struct count *count)
{
	size_t length = strlen(count->names);

	count->missed++;
	snprintf(count->names + length, sizeof(count->names) - length, "%s%s", length ? "," : "", service);
}

static void tell_missed(struct count *count)
{
	char *rest = count->names, *service;

	while ((service = strsep(&rest, ",")))
		if (*service)
			doctor_say(VERDICT_WARNING, "pam", _("add it as in pam_keybag(8)"),
				   _("/etc/pam.d/%s has no pam_keybag.so: it opens no keybag"), service);
}

/* Those of a comma-separated list that are set up on this machine. */
static void check_services(const char *list, bool sessions, struct count *count)
{
	char names[512], *rest = names, *service;

	snprintf(names, sizeof(names), "%s", list);
	while ((service = strsep(&rest, ","))) {
		enum reach reach = check_service(service);

		count->right += reach == REACH_RIGHT;
		count->wrong += reach == REACH_WRONG;
		if (reach == REACH_NONE)
			note_missed(service, count);
		if (reach == REACH_RIGHT && !sessions)
			check_locker(service);
		if (reach == REACH_RIGHT && sessions && !has_module(service, "session"))
			doctor_say(VERDICT_WARNING, "pam", ENABLE,
				   _("/etc/pam.d/%s has pam_keybag.so for auth, but not for session: keybags of "
				   "logins without password are not loaded"), service);
	}
}

static bool is_refused(const char *service)
{
	char names[512], *rest = names, *name;

	snprintf(names, sizeof(names), "%s", SERVICES_REFUSED);
	while ((name = strsep(&rest, ",")))
		if (!strcmp(name, service))
			return true;
	return false;
}

/* Services that the module's own arguments add. */
static void check_added(const char *list, bool sessions, struct count *count)
{
	char names[512], *rest = names, *name;

	snprintf(names, sizeof(names), "%s", list);
	while ((name = strsep(&rest, ","))) {
		if (is_refused(name))
			doctor_say(VERDICT_WARNING, "pam", _("take it out of the arguments of pam_keybag.so"),
				   _("the service %s is named as one that opens keybags, and never does"), name);
		else if (*name)
			check_services(name, sessions, count);
	}
}

static void check_arguments(struct count *count)
{
	char arguments[512], *rest = arguments, *word;
	struct pam_stack stack;
	int place;

	if (pam_stack_read("login", "auth", &stack) < 0)
		return;
	place = find_taking_over(&stack);
	snprintf(arguments, sizeof(arguments), "%s", place < 0 ? "" : stack.rules[place].arguments);
	pam_stack_free(&stack);
	while ((word = strsep(&rest, " \t"))) {
		if (!strncmp(word, "login=", 6))
			check_added(word + 6, true, count);
		else if (!strncmp(word, "locker=", 7))
			check_added(word + 7, false, count);
	}
}

void doctor_pam(void)
{
	struct count count = { 0 };

	if (!module_installed()) {
		doctor_say(VERDICT_ERROR, "pam", _("install the package libpam-keybag, or 'make install'"),
			   _("pam_keybag.so is not installed: login opens no keybag"));
		return;
	}
	check_services(SERVICES_LOGIN, true, &count);
	check_services(SERVICES_LOCKER, false, &count);
	check_arguments(&count);
	if (!count.right && !count.wrong) {
		doctor_say(VERDICT_ERROR, "pam", ENABLE,
			   _("no service has pam_keybag.so (%d looked at): login opens no keybag"), count.missed);
		return;
	}
	tell_missed(&count);
	if (count.right)
		doctor_say(VERDICT_OK, "pam", NULL, translate_count("%d service opens keybags", "%d services open keybags",
							      count.right), count.right);
	if (!has_module("passwd", "password"))
		doctor_say(VERDICT_WARNING, "pam-passwd", ENABLE,
			   _("/etc/pam.d/passwd has no pam_keybag.so: a new login password leaves the keybag's "
			   "passcode as it was"));
}
