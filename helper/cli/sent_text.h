/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts that arrive in English: messages of keybagd and keychaind, which go into the journal as they are, and those of
 * libkeybag and libkeychain.
 */
#ifndef CLI_SENT_TEXT_H
#define CLI_SENT_TEXT_H

/*
 * @text in the language of messages, or as it is where there is no translation. Good until the next call, or as long
 * as @text.
 */
const char *sent_text(const char *text);

#endif
