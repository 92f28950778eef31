/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealed forms to test with: out of the vectors or made at random.
 *
 * SHA-256 and MACs are no business of the codec, so that trailers are zeros here.
 */
#ifndef UNIT_FORMS_H
#define UNIT_FORMS_H

#include "keybag/form.h"
#include "random.h"

/* Bytes of a form, in memory of exactly that size. */
struct bytes {
	size_t length;
	u8 *data;
};

/* The form of that name in form.txt, without its trailer's content. */
struct bytes form_from_vectors(const char *name);

/* A sound form; its pointers go into @storage. */
struct form_storage {
	u8 bytes[2 * KB_FORM_MAX_SIZE];
	size_t used;
};

void form_random(struct kb_form *form, struct form_storage *storage, struct random *random);

/*
 * Parses bytes and, where they are accepted, finds out in @sound what must hold of every form: all
 * pointers lie within the bytes, and writing it gives the same bytes again. Where they are refused
 * @sound tells that the error is one of the two allowed. Returns what kb_form_parse() did.
 */
int form_parse_checked(const struct bytes *bytes, bool *sound);

#endif /* UNIT_FORMS_H */
