// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_log.h"

#include <ctype.h>
#include <libaudit.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include <systemd/sd-journal.h>

#include "audit.h"
#include "daemon/log.h"

#define FIELDS_MOST		24
#define FIELD_SIZE		512

/* Kinds by their first word. Numbers stay as they are: scripts look for them. */
static const struct kind {
	const char *word;		/* beginning of the line */
	const char *message_id;
	int audit;			/* type of the record; 0: none */
} kinds[] = {
	{ "state=", "3b821c71781f4efd831286b9a91d9423", 0 },
	{ "result=wrong-", "9c6c7d9798bb461d9b89bdb0c0aed83c", AUDIT_USER_AUTH },
	{ "result=disabled ", "a3bb0b3b0ef64d6a8b7a3c9db1d6ad5e", AUDIT_USER_AUTH },
	{ "result=erased ", "5b0d5ec1f1c94c4394c3d9a9d3e1e0c7", AUDIT_USER_AUTH },
	{ "result=throttled ", "0fae2a1de9c94c6e8960f9923a42139d", AUDIT_USER_AUTH },
	{ "result=not-loaded ", "51ab49a5888741dc9eb3d896d7e2875a", AUDIT_CRYPTO_FAILURE_USER },
	{ "result=record-", "3231a0588ee146668f195b87feda5ea4", AUDIT_CRYPTO_FAILURE_USER },
};

static const struct kind *event_log_kind_of(const char *words)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncmp(words, kinds[i].word, strlen(kinds[i].word)))
			return &kinds[i];
	return NULL;
}

struct journal_fields {
	struct iovec vector[FIELDS_MOST];
	char text[FIELDS_MOST][FIELD_SIZE];
	int count;
};

__attribute__((format(printf, 2, 3))) static void event_log_add(struct journal_fields *fields, const char *format, ...)
{
	char *text;
	va_list arguments;

	if (fields->count == FIELDS_MOST)
		return;
	text = fields->text[fields->count];
	va_start(arguments, format);
	vsnprintf(text, FIELD_SIZE, format, arguments);
	va_end(arguments);
	fields->vector[fields->count].iov_base = text;
	fields->vector[fields->count].iov_len = strlen(text);
	fields->count++;
}

/* "requester-uid" is KEYBAG_REQUESTER_UID. */
static void name_field(char *ret_name, size_t size, const char *key, size_t length)
{
	size_t i;

	for (i = 0; i < length && i < size - 1; i++)
		ret_name[i] = key[i] == '-' ? '_' : (char)toupper((unsigned char)key[i]);
	ret_name[i] = 0;
}

static void add_words(struct journal_fields *fields, const char *words)
{
	while (*words) {
		size_t key = strcspn(words, "= ");
		const char *value = words + key + 1;
		char name[32];
		size_t length;

		if (words[key] != '=')
			return;
		name_field(name, sizeof(name), words, key);
		if (*value == '"') {
			value++;
			length = strcspn(value, "\"");
		} else {
			length = strcspn(value, " ");
		}
		event_log_add(fields, "KEYBAG_%s=%.*s", name, (int)length, value);
		words = value + length;
		words += strspn(words, "\" ");
	}
}

static void to_journal(const char *words, const struct kind *kind)
{
	struct journal_fields fields = { .count = 0 };

	event_log_add(&fields, "MESSAGE=event: %s", words);
	event_log_add(&fields, "PRIORITY=%d", kind && kind->audit ? LOG_WARNING : LOG_NOTICE);
	event_log_add(&fields, "SYSLOG_IDENTIFIER=keybagd");
	if (kind)
		event_log_add(&fields, "MESSAGE_ID=%s", kind->message_id);
	add_words(&fields, words);
	if (sd_journal_sendv(fields.vector, fields.count) < 0)
		log_notice("event: %s", words);
}

void event_log(const char *format, ...)
{
	const struct kind *kind;
	char words[FIELD_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	kind = event_log_kind_of(words);
	if (log_goes_to_journal())
		to_journal(words, kind);
	else
		log_notice("event: %s", words);
	if (kind && kind->audit)
		audit_failure(kind->audit, words);
}
