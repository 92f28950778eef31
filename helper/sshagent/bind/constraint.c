// SPDX-License-Identifier: GPL-2.0-or-later
#include "constraint.h"

#include "destination.h"

#define CONSTRAIN_LIFETIME	1
#define CONSTRAIN_CONFIRM	2
#define CONSTRAIN_EXTENSION	255

/* For FIDO keys ssh-add names the library that talks to the device. This is OpenSSH's own one, for which there is ours. */
#define NO_LIBRARY	"internal"

static void read_extension(struct reader *from, struct constraints *constraints)
{
	struct bytes name = reader_string(from);

	if (bytes_are(name, "restrict-destination-v00@openssh.com") && !constraints->restricted) {
		constraints->restricted = true;
		constraints->destinations = reader_string(from);
		if (!destinations_valid(constraints->destinations))
			reader_fail(from);
	} else if (!bytes_are(name, "sk-provider@openssh.com") || !bytes_are(reader_string(from), NO_LIBRARY)) {
		reader_fail(from);
	}
}

void constraints_read(struct reader *from, struct constraints *ret_constraints)
{
	*ret_constraints = (struct constraints){ 0 };
	while (!reader_ended(from)) {
		switch (reader_u8(from)) {
		case CONSTRAIN_LIFETIME:
			if (ret_constraints->ends)
				reader_fail(from);
			ret_constraints->ends = true;
			ret_constraints->lifetime = reader_u32(from);
			break;
		case CONSTRAIN_CONFIRM:
			ret_constraints->confirm = true;
			break;
		case CONSTRAIN_EXTENSION:
			read_extension(from, ret_constraints);
			break;
		default:
			reader_fail(from);
		}
	}
}

bool constraints_any(const struct constraints *constraints)
{
	return constraints->ends || constraints->confirm || constraints->restricted;
}
