/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON on standard output. A member is preceded by a comma where it needs one.
 */
#ifndef KEYBAGCTL_JSON_H
#define KEYBAGCTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* @name is NULL in an array and at the top. */
void json_open(const char *name, char bracket);
void json_close(char bracket);
void json_text(const char *name, const char *text);
void json_number(const char *name, uint64_t number);
void json_boolean(const char *name, bool value);
void json_null(const char *name);
void json_uuid(const char *name, const uint8_t *uuid);
/* Bytes as hexadecimal digits. */
void json_hex(const char *name, const uint8_t *bytes, size_t length);

/* Ends a document with a newline. */
void json_end(void);

#endif /* KEYBAGCTL_JSON_H */
