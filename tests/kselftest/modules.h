/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel modules, loaded and unloaded by the test.
 */
#ifndef KEYBAG_SELFTEST_MODULES_H
#define KEYBAG_SELFTEST_MODULES_H

/*
 * Loads a module of tests/modules. It is looked for in $KEYBAG_SELFTEST_MODULES, in the modules
 * folder beside that of this program (by kernel version), and beside this program.
 * Returns 0, -EEXIST when it is loaded already, -ENOENT when there is no such file, or another
 * errno.
 */
int module_load(const char *name);

/* Lets go a module that stays for what it remembers, where it has that parameter. */
void module_allow_unload(const char *name);

/* Does the same, then delete_module(2), without waiting. Returns 0 or a negative errno. */
int module_unload(const char *name);

/* Users of the module, or -ENOENT. */
int module_users(const char *name);

#endif /* KEYBAG_SELFTEST_MODULES_H */
