/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keybagctl exits with; keybagctl(1) and --help list the same.
 */
#ifndef KEYBAGCTL_EXIT_CODE_H
#define KEYBAGCTL_EXIT_CODE_H

enum exit_code {
	EXIT_DONE		= 0,
	EXIT_FAILED		= 1,	/* anything that is not below */
	EXIT_USAGE		= 2,	/* wrong use of this program */
	EXIT_LOCKED		= 3,	/* the class key is not available in this lock state */
	EXIT_WRONG_PASSCODE	= 4,	/* wrong passcode or recovery code */
	EXIT_THROTTLED		= 5,	/* too many wrong ones: nothing was tried */
	EXIT_DAMAGED		= 6,	/* keybag or blob damaged, or not the one it is taken for */
	EXIT_OTHER_DEVICE	= 7,	/* sealed to another device key */
	EXIT_NO_PERMISSION	= 8,	/* needs root, or is another user's */
	EXIT_NOT_FOUND		= 9,	/* no such keybag, user, class key, recovery code or file */
	EXIT_NOT_THERE		= 10,	/* keybagd, the kernel module or the device key is missing */
	EXIT_ADVICE		= 11,	/* doctor: keybags work, but something should be mended */
};

/* For an error of libkeybag. */
int exit_code_of(int error);

#endif /* KEYBAGCTL_EXIT_CODE_H */
