/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Result of a request: error, text for the person who asked, and what is known of the try.
 */
#ifndef KEYBAGD_REQUEST_RESULT_H
#define KEYBAGD_REQUEST_RESULT_H

#include <stdint.h>

struct request_result {
	int error;		/* 0 or a negative errno */
	char text[400];		/* names the object and the remedy; only with an error */
	uint32_t state;		/* enum keybag_state */
	uint32_t failures;
	uint64_t retry_after_ns;
	uint32_t warnings;	/* KEYBAG_WARNING_* */
};

/* Notes the error with its text and returns it. */
__attribute__((format(printf, 3, 4))) int request_result_fail(struct request_result *ret_result, int error,
							      const char *format, ...);

/* The same with the text that libkeybag has for the error, after @object. */
int request_result_fail_plain(struct request_result *ret_result, int error, const char *object);

#endif /* KEYBAGD_REQUEST_RESULT_H */
