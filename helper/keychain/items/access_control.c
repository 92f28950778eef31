// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/access_control.h"

#include <string.h>

#include "helper/keychain/store/row.h"

#define USER_PRESENCE		(INT64_C(1) << 0)
#define BIOMETRY_ANY		(INT64_C(1) << 1)
#define BIOMETRY_CURRENT_SET	(INT64_C(1) << 3)
#define DEVICE_PASSCODE		(INT64_C(1) << 4)
#define COMPANION		(INT64_C(1) << 5)
#define OR			(INT64_C(1) << 14)
#define AND			(INT64_C(1) << 15)
#define PRIVATE_KEY_USAGE	(INT64_C(1) << 30)
#define APPLICATION_PASSWORD	(INT64_C(1) << 31)
#define KNOWN (USER_PRESENCE | BIOMETRY_ANY | BIOMETRY_CURRENT_SET | DEVICE_PASSCODE | COMPANION | \
	       OR | AND | PRIVATE_KEY_USAGE | APPLICATION_PASSWORD)

static const char *broken_rule(int64_t flags)
{
	if (flags < 0 || flags & ~KNOWN)
		return "has a flag that is not known";
	if (flags & OR && flags & AND)
		return "cannot ask for any and for all of its constraints";
	if (flags & BIOMETRY_ANY && flags & BIOMETRY_CURRENT_SET)
		return "cannot ask for any and for the current biometric set";
	if (flags & USER_PRESENCE &&
	    flags & (BIOMETRY_ANY | BIOMETRY_CURRENT_SET | DEVICE_PASSCODE | COMPANION))
		return "cannot combine user presence with biometry, passcode or companion";
	return NULL;
}

int access_control_check(const struct value *value, struct access_control *ret_control,
			 struct outcome *outcome)
{
	const struct value *flags = value_get(value, "flags");
	const char *protection = value_as_name(value_get(value, "protection")), *broken;

	if (!value_is(value, VALUE_DICTIONARY) || (flags && !value_is(flags, VALUE_INTEGER)) ||
	    value_count(value) != 1U + !!flags)
		return outcome_fail(outcome, errSecParam,
				    "\"accc\" has to be {\"protection\": class, "
				    "\"flags\": number}");
	if (!protection || !row_class_number(protection))
		return outcome_fail(outcome, errSecParam,
				    "\"accc\" has no protection, or an unknown one: "
				    "ak ck dk aku cku dku akpu");
	broken = broken_rule(value_as_integer(flags));
	if (broken)
		return outcome_fail(outcome, errSecParam, "the access control object %s", broken);
	ret_control->protection = protection;
	ret_control->constrained = value_as_integer(flags) != 0;
	return 0;
}
