// SPDX-License-Identifier: LGPL-2.1-or-later
#include "translate.h"

#include <errno.h>
#include <libintl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The build says where: LOCALEDIR of the Makefile. */
#ifndef LOCALEDIR
#define LOCALEDIR "/usr/share/locale"
#endif

static bool stopped;

void translate_bind(void)
{
	bindtextdomain(TRANSLATE_DOMAIN, LOCALEDIR);
	bind_textdomain_codeset(TRANSLATE_DOMAIN, "UTF-8");
}

void translate_begin(void)
{
	setlocale(LC_MESSAGES, "");
	translate_bind();
	bind_textdomain_codeset("libc", "UTF-8");
}

void translate_stop(void)
{
	stopped = true;
}

/*
 * The names in LANGUAGE become parts of a path. With a slash in them they lead out of the folder, to a catalogue
 * whose formats anyone may have written; the C library ignores such names in set-user-ID programs alone.
 */
static bool is_off(void)
{
	const char *languages = getenv("LANGUAGE");

	return stopped || (languages && strchr(languages, '/'));
}

const char *translate(const char *text)
{
	/* The translation of an empty text is the head of the catalogue. */
	return !*text || is_off() ? text : dgettext(TRANSLATE_DOMAIN, text);
}

const char *translate_count(const char *one, const char *many, unsigned long long count)
{
	if (is_off())
		return count == 1 ? one : many;
	/* Rules of plurals look at the last digits alone; unsigned long is smaller on some machines. */
	return dngettext(TRANSLATE_DOMAIN, one, many, (unsigned long)(count > 1000000 ? count % 1000000 + 1000000 : count));
}

const char *translate_errno(int error)
{
	const char *text = strerrordesc_np(error < 0 ? -error : error);

	if (!text)
		return translate(N_("unknown error"));
	return is_off() ? text : dgettext("libc", text);
}

int translate_width(const char *text, int columns)
{
	int width = columns;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) == 0x80;
	return width;
}
