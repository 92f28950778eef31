/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef KEYBAG_COMMON_REGISTERS_H
#define KEYBAG_COMMON_REGISTERS_H

/*
 * Overwrites the vector registers of the calling thread.
 *
 * memcpy() and ciphers go through them, and the kernel saves them in the task at a context switch, where
 * they outlive the buffer they came from. They get a public pattern and not zeros: the processor does
 * not write a register that is in its initial state, so that zeros would leave the older copy in place.
 */
void clear_vector_registers(void);

#endif /* KEYBAG_COMMON_REGISTERS_H */
