/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef KEYBAG_COMMON_VERSION_H
#define KEYBAG_COMMON_VERSION_H

#define KEYBAG_VERSION	"0.1"

#endif /* KEYBAG_COMMON_VERSION_H */
