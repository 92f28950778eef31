/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SSHAGENT_ANSWER_H
#define SSHAGENT_ANSWER_H

/* The first byte of an answer. */
enum answer {
	ANSWER_FAILURE = 5,
	ANSWER_SUCCESS = 6,
	ANSWER_IDENTITIES = 12,
	ANSWER_SIGNATURE = 14,
	ANSWER_EXTENSION_FAILURE = 28,
};

#endif /* SSHAGENT_ANSWER_H */
