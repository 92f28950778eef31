/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit statuses of keybagctl and keychainctl: one number for one cause in both, whose man pages list them.
 */
#ifndef CLI_EXIT_STATUS_H
#define CLI_EXIT_STATUS_H

enum exit_status {
	EXIT_DONE		= 0,
	EXIT_FAILED		= 1,	/* anything that is not below */
	EXIT_USAGE		= 2,	/* wrong use of the program, or a malformed query */
	EXIT_LOCKED		= 3,	/* the class key is not available in this lock state */
	EXIT_WRONG_PASSCODE	= 4,	/* wrong passcode, recovery code or passphrase */
	EXIT_THROTTLED		= 5,	/* too many wrong ones: nothing was tried */
	EXIT_DAMAGED		= 6,	/* keybag or blob damaged, of a newer version, or not the one it is taken for */
	EXIT_OTHER_DEVICE	= 7,	/* sealed to another device key */
	EXIT_NO_PERMISSION	= 8,	/* needs root, is another user's, or was not granted */
	EXIT_NOT_FOUND		= 9,	/* no such keybag, keychain, item, user, class key, recovery code or file */
	EXIT_NOT_THERE		= 10,	/* keybagd, keychaind, the kernel module or the device key is missing */
	EXIT_ADVICE		= 11,	/* doctor: keybags work, but something should be repaired */
	EXIT_DUPLICATE		= 12,	/* such an item exists already */
	EXIT_PARTIAL		= 13,	/* done, but locked items were left out */
};

/* The status for an errno of a file that was named on the command line. @error: either sign. */
int exit_status_of_file(int error);

#endif
