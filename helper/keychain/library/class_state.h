/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which protection classes are available in a state of the keybag.
 */
#ifndef LIBKEYCHAIN_CLASS_STATE_H
#define LIBKEYCHAIN_CLASS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/keychain/include/keychain.h"

/* @state: KEYBAG_STATE_... */
bool class_state_allows(enum keychain_accessible accessible, uint32_t state);

#endif
