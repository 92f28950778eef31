/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notes that the service itself keeps, beside the items: labels of collections, aliases, which applications have a secret of the
 * portal. Hidden items of class dk, so that they can be read whenever the keybag is loaded; their text is no secret.
 *
 * Statuses are those of libkeychain.
 */
#ifndef SECRETSERVICE_NOTE_H
#define SECRETSERVICE_NOTE_H

/* The size of a kind and a name together, with a byte between them and the NUL. */
#define NOTE_NAME_SIZE	288

/* To be released with free(3). errSecItemNotFound: there is none. */
int note_read(const char *keychain, const char *kind, const char *name, char **ret_text);

/* @text NULL: removes it, if it is there. */
int note_write(const char *keychain, const char *kind, const char *name, const char *text);

/* Removes all of that kind whose text is @text, whatever their names. */
int note_remove_all(const char *keychain, const char *kind, const char *text);

#endif /* SECRETSERVICE_NOTE_H */
