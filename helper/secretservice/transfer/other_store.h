/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets of services that have to run for them to be read, as only they can open their files. The same that
 * keybag-secret-service-generator holds back for.
 */
#ifndef SECRETSERVICE_OTHER_STORE_H
#define SECRETSERVICE_OTHER_STORE_H

#include <limits.h>
#include <stdbool.h>

#define OTHER_STORE_PLACE_SIZE	(PATH_MAX + 64)

enum other_store {
	OTHER_STORE_KWALLET,
	OTHER_STORE_OO7,
	OTHER_STORE_KEEPASSXC,		/* its settings say that it gives secrets to programs; nothing says which file has them */
	OTHER_STORES,
};

const char *other_store_called(enum other_store store);

/*
 * Whether it has secrets in the user's folders for data and for settings. @ret_place: the files, as a pattern, or the settings. A file
 * that is empty has none.
 */
bool other_store_is_used(enum other_store store, const char *data, const char *settings, char ret_place[OTHER_STORE_PLACE_SIZE]);

#endif /* SECRETSERVICE_OTHER_STORE_H */
