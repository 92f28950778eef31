/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entries of a keychain that is imported are counted, and those that are not imported named.
 */
#ifndef KEYCHAIN_CLI_IMPORT_REPORT_H
#define KEYCHAIN_CLI_IMPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/keychain/base/value.h"

enum import_outcome { IMPORT_ADDED, IMPORT_PRESENT, IMPORT_OUTCOMES };

struct import_report {
	bool dry_run, json;
	char *source;			/* "Anna's iPhone, iOS 17.1" */
	struct value *counts;		/* of each outcome, by class */
	struct value *refused;		/* entries that are not imported */
	bool partial;			/* some of them could have been */
};

/* Returns 0 or -ENOMEM. To be released, also then. */
int import_report_begin(struct import_report *report, bool dry_run, bool json);
void import_report_release(struct import_report *report);

/* Each returns 0 or -ENOMEM. @class: letters. */

int import_report_count(struct import_report *report, enum import_outcome outcome, const char *class);
int64_t import_report_total(const struct import_report *report, enum import_outcome outcome);

/* An item that was opened and is not imported. @reason: a sentence without its end, marked by N_(). @message: more, or NULL. */
int import_report_refuse(struct import_report *report, const struct value *item, const char *reason, const char *message);

/*
 * An entry that was not opened: those of one class, protection class and reason are counted together, but where it is
 * @singly named by its @number.
 */
int import_report_leave(struct import_report *report, const char *class, const char *protection, const char *reason,
			bool singly, int64_t number);

/* Writes it to standard output. Returns an exit status. */
int import_report_write(const struct import_report *report);

#endif
