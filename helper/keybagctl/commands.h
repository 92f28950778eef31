/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands. Each gets its own name as argv[0] and returns an exit code.
 */
#ifndef KEYBAGCTL_COMMANDS_H
#define KEYBAGCTL_COMMANDS_H

int command_create(int argc, char **argv);	/* create.c */
int command_status(int argc, char **argv);	/* status.c */
int command_list(int argc, char **argv);
int command_unlock(int argc, char **argv);	/* lock.c */
int command_lock(int argc, char **argv);
int command_timeout(int argc, char **argv);
int command_passwd(int argc, char **argv);	/* passwd.c */
int command_wrap(int argc, char **argv);	/* data.c */
int command_unwrap(int argc, char **argv);
int command_rewrap(int argc, char **argv);
int command_seal(int argc, char **argv);	/* seal.c */
int command_open(int argc, char **argv);
int command_inspect(int argc, char **argv);	/* inspect.c */
int command_load(int argc, char **argv);	/* manage.c */
int command_unload(int argc, char **argv);
int command_evict(int argc, char **argv);
int command_destroy(int argc, char **argv);
int command_watch(int argc, char **argv);	/* watch.c */
int command_device_key(int argc, char **argv);	/* device_key.c */
int command_doctor(int argc, char **argv);	/* doctor.c */
int command_recovery(int argc, char **argv);	/* recovery.c */
int command_recover(int argc, char **argv);
int command_organisation(int argc, char **argv);	/* organisation.c */

#endif /* KEYBAGCTL_COMMANDS_H */
