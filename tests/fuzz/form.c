// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a sealed form: refused, or written again as they are. Each input is also taken for
 * the TLVs alone, with header and trailer that suit, to get past them.
 */
#include <stdlib.h>

#include "keybag/bytes.h"
#include "keybag/form.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void parse_and_write(const u8 *bytes, size_t length)
{
	static u8 out[KB_FORM_MAX_SIZE], aad[KB_PROTECTOR_AAD_MAX];
	static struct kb_form form;
	int answer = kb_form_parse(&form, bytes, length);
	u32 i;

	if (answer != 0 && answer != -EBADMSG && answer != -EPROTONOSUPPORT)
		abort();
	if (answer)
		return;
	if (kb_form_size(&form) != length ||
	    kb_form_write(out, sizeof(out), &form) != (int)length ||
	    memcmp(out, bytes, length - KB_FORM_TRAILER_SIZE))
		abort();
	for (i = 0; i < form.protector_count; i++)
		if (kb_protector_aad(aad, &form.protectors[i]) > sizeof(aad))
			abort();
	for (i = 0; i < form.class_key_count; i++)
		kb_class_key_aad(aad, &form.class_keys[i]);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	size_t whole = KB_FORM_HEADER_SIZE + size + KB_FORM_TRAILER_SIZE;
	u8 *bytes = calloc(1, whole);

	parse_and_write(data, size);
	memcpy(bytes, KB_FORM_MAGIC, KB_FORM_MAGIC_SIZE);
	kb_put_le32(bytes + 8, KB_FORM_VERSION);
	kb_put_le32(bytes + 12, (u32)whole);
	memcpy(bytes + KB_FORM_HEADER_SIZE, data, size);
	parse_and_write(bytes, whole);
	free(bytes);
	return 0;
}
