// SPDX-License-Identifier: GPL-2.0-or-later
#include "pattern.h"

/* Where it goes wrong behind a "*", that one stands for a byte more; an earlier one needs no other try. */
bool pattern_matches(struct bytes pattern, struct bytes text)
{
	size_t at = 0, in = 0, behind_star = 0, resume = 0;

	while (in < text.length) {
		bool more = at < pattern.length;

		if (more && pattern.data[at] == '*') {
			behind_star = ++at;
			resume = in;
		} else if (more && (pattern.data[at] == '?' || pattern.data[at] == text.data[in])) {
			at++;
			in++;
		} else if (behind_star) {
			at = behind_star;
			in = ++resume;
		} else {
			return false;
		}
	}
	while (at < pattern.length && pattern.data[at] == '*')
		at++;
	return at == pattern.length;
}
