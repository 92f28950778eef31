// SPDX-License-Identifier: GPL-2.0-or-later
#include "sealed_form.h"

int sealed_form_parse(struct sealed_form *form)
{
	int result = kb_form_check_header(form->bytes, form->length);

	if (!result)
		result = kb_form_parse(&form->view, form->bytes, form->length);
	return result;
}
