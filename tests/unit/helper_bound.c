// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why an operation of keybagctl failed: which class it names, and when it is the module that is too old.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "keybagctl/bound.h"
#include "keybagctl/complain.h"
#include "keybagctl/exit_code.h"
#include "lib/tap.h"

#define SOURCE	100
#define TARGET	101
#define A	KEYBAG_CLASS_BIT(KEYBAG_CLASS_A)
#define B	KEYBAG_CLASS_BIT(KEYBAG_CLASS_B)
#define CK	KEYBAG_CLASS_BIT(KEYBAG_CLASS_CK)
#define AKPU	KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU)

static char message[512];
static uint32_t version_flags, available[2], present[2];

int __wrap_keybag_version_sized(int fd, struct keybag_version *ret_version, size_t size);
int __wrap_keybag_status_sized(int fd, struct keybag_status *ret_status, size_t size);

int __wrap_keybag_version_sized(int fd, struct keybag_version *ret_version, size_t size)
{
	(void)fd;
	memset(ret_version, 0, size);
	ret_version->flags = version_flags;
	return 0;
}

int __wrap_keybag_status_sized(int fd, struct keybag_status *ret_status, size_t size)
{
	memset(ret_status, 0, size);
	ret_status->state = KEYBAG_STATE_LOCKED;
	ret_status->classes_available = available[fd == TARGET];
	ret_status->classes_present = present[fd == TARGET];
	return 0;
}

int complain(int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return code;
}

const char *explain_error(int error)
{
	return keybag_error_text(error);
}

static bool says(const char *text)
{
	bool found = strstr(message, text);

	if (!found)
		printf("# %s\n", message);
	return found;
}

static void test_module(void)
{
	version_flags = 0;
	check(bound_explain(SOURCE, -EOPNOTSUPP, "B") == EXIT_FAILED && says("class B: the kernel module"));
	check(bound_explain(SOURCE, -EINVAL, "B") == EXIT_FAILED && says("class B: the kernel module"));
	check(bound_explain_rewrap(SOURCE, -1, -EOPNOTSUPP, "ck", "B") == EXIT_FAILED && says("class B: the kernel module"));
	check(bound_explain_rewrap(SOURCE, -1, -EOPNOTSUPP, "B", "ck") == EXIT_FAILED && says("class B: the kernel module"));
	check(bound_explain_rewrap(SOURCE, -1, -EINVAL, "B", "ck") == EXIT_FAILED && says("class B: the kernel module"));
	check(bound_explain(SOURCE, -EINVAL, "ak") == EXIT_DAMAGED && says("damaged"));
	check(bound_explain(SOURCE, -EBADMSG, "B") == EXIT_DAMAGED && says("damaged"));
	tap_test("a module without class B is too old for it, and for nothing else");

	version_flags = KEYBAG_VERSION_UNLESS_OPEN;
	check(bound_explain(SOURCE, -EINVAL, "B") == EXIT_DAMAGED && says("damaged"));
	check(bound_explain_rewrap(SOURCE, -1, -EINVAL, "ck", "B") == EXIT_DAMAGED && says("damaged"));
	check(bound_explain_rewrap(SOURCE, -1, -EINVAL, NULL, "ck") == EXIT_DAMAGED && says("damaged"));
	check(bound_explain_rewrap(SOURCE, -1, -EOPNOTSUPP, "ck", "B") == EXIT_FAILED && says("has no child keys"));
	tap_test("one that has it refuses a damaged blob, or a child key");
}

static void test_class(void)
{
	available[0] = CK;
	available[1] = 0;
	present[0] = present[1] = A | B | CK;
	check(bound_explain_rewrap(SOURCE, -1, -ENOKEY, "A", "ck") == EXIT_LOCKED && says("class A "));
	check(bound_explain_rewrap(SOURCE, -1, -ENOKEY, "ck", "A") == EXIT_LOCKED && says("class A "));
	check(bound_explain_rewrap(SOURCE, -1, -ENOKEY, "B", "ck") == EXIT_LOCKED && says("class B "));
	check(bound_explain_rewrap(SOURCE, -1, -ENOKEY, "B", "B") == EXIT_LOCKED && says("class B "));
	check(bound_explain_rewrap(SOURCE, TARGET, -ENOKEY, "ck", "ck") == EXIT_LOCKED && says("class ck "));
	tap_test("what is not available is the class of the blob, or else that of the result");

	check(bound_explain_rewrap(SOURCE, -1, -ENOENT, "ck", "akpu") == EXIT_NOT_FOUND && says("class akpu: set"));
	check(bound_explain_rewrap(SOURCE, -1, -ENOENT, "akpu", "ck") == EXIT_NOT_FOUND && says("class akpu: set"));
	check(bound_explain_rewrap(SOURCE, -1, -ENOENT, "A", "ck") == EXIT_NOT_FOUND && says("class A,"));
	present[0] |= AKPU;
	check(bound_explain_rewrap(SOURCE, TARGET, -ENOENT, "A", "akpu") == EXIT_NOT_FOUND && says("class akpu: set"));
	check(bound_explain_rewrap(SOURCE, -1, -EKEYEXPIRED, "A", "ck") == EXIT_FAILED && says("class ck "));
	tap_test("so is what a keybag has no key of; wraps are those of the result");
}

int main(void)
{
	tap_start();
	test_module();
	test_class();
	return tap_end();
}
