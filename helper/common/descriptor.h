/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of descriptors.
 */
#ifndef KEYBAG_COMMON_DESCRIPTOR_H
#define KEYBAG_COMMON_DESCRIPTOR_H

/*
 * Takes @descriptor, or a negative number with errno set, and returns it with a number above those of the standard
 * streams: in a program that closed one of them, what it prints would go there. Returns -1 with errno set on an error;
 * then @descriptor is closed.
 */
int descriptor_above_standard(int descriptor);

#endif /* KEYBAG_COMMON_DESCRIPTOR_H */
