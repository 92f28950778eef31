// SPDX-License-Identifier: GPL-2.0-or-later
#include "destruction.h"

#include <string.h>

#include "keybagd/store/form_file.h"

int destruction_carry_out(struct operation *operation, struct request_result *ret_result)
{
	int result = form_file_destroy(operation->uuid);

	if (result < 0 && form_file_exists(operation->uuid))
		return request_result_fail_plain(ret_result, result, operation->label);
	/* Nothing has its name any more, and nothing can be asked for by it. */
	operation->on_disk = false;
	if (result < 0)
		return request_result_fail(ret_result, result, "%s does not open any more, but its files could not be "
					   "overwritten: %s: mend that, then 'systemctl restart keybagd' finishes it",
					   operation->label, strerrordesc_np(-result));
	return 0;
}
