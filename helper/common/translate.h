/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts for people in their language, by gettext. docs/contributing.md says how a text is marked and how a language is
 * added.
 *
 *   _("text")     the translation of a literal, or of an expression whose values are marked by N_()
 *   N_("text")    the literal itself, put into the catalogue to be translated elsewhere
 *
 * Output for programs stays English: JSON, the journal, audit records, messages of a protocol. Text is UTF-8, whatever
 * the locale says of characters, as names of items are.
 */
#ifndef COMMON_TRANSLATE_H
#define COMMON_TRANSLATE_H

#define TRANSLATE_DOMAIN	"keybag"

#define _(text)		translate(text)
#define N_(text)	text

/*
 * For a program: takes the language of messages from the environment, and nothing else of its locale, so that numbers
 * look the same everywhere.
 */
void translate_begin(void);

/*
 * For code inside of another program, whose locale is its own affair. Catalogues are read from the folder that was
 * compiled in alone.
 */
void translate_bind(void);

/* Output that follows is for programs: from now on translate() returns its argument. */
void translate_stop(void);

/* @text in the language of messages, or @text itself. */
__attribute__((format_arg(1))) const char *translate(const char *text);

/* A sentence that depends on a number: @one of one thing, @many of others, as @count is. */
__attribute__((format_arg(1), format_arg(2))) const char *translate_count(const char *one, const char *many,
									   unsigned long long count);

/* The text of an errno, in the language of messages. */
const char *translate_errno(int error);

/* The width that printf() needs for @text to fill @columns columns: it counts bytes. */
int translate_width(const char *text, int columns);

#endif /* COMMON_TRANSLATE_H */
