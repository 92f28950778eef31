/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where GCM and CMAC are computed. Whoever computes owns a struct keybag_workbench, as a member of
 * something else; its own members are for this room alone.
 */
#ifndef _KEYBAG_WORKBENCH_H
#define _KEYBAG_WORKBENCH_H

#ifdef KEYBAG_AES_LIBRARY
#include "library/workbench.h"
#else
#include "api/workbench.h"
#endif

#endif /* _KEYBAG_WORKBENCH_H */
