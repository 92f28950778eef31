/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SSHAGENT_ES256_H
#define SSHAGENT_ES256_H

#include "helper/sshagent/wire/buffer.h"

/*
 * Appends a signature of ECDSA on P-256 in the form of SSH; @form is that of devices, a SEQUENCE of two INTEGERs (DER). Returns
 * false, with nothing appended, where it is none.
 */
bool es256_put(struct bytes form, struct buffer *to);

#endif /* SSHAGENT_ES256_H */
