/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device key as a credential of systemd, in the place of the file: see LoadCredentialEncrypted= in keybagd(8).
 */
#ifndef KEYBAG_COMMON_CREDENTIAL_H
#define KEYBAG_COMMON_CREDENTIAL_H

#define KEYBAG_CREDENTIAL	"keybag.device-key"
/* Where the service manager puts it; root alone sees it. keybagd itself goes by $CREDENTIALS_DIRECTORY. */
#define KEYBAG_CREDENTIAL_FILE	"/run/credentials/keybagd.service/" KEYBAG_CREDENTIAL

/* Where systemd looks for credentials of a service, encrypted or not. */
#ifndef KEYBAG_CREDENTIAL_STORE
#define KEYBAG_CREDENTIAL_STORE	"/etc/credstore"
#endif
#define KEYBAG_CREDENTIAL_STORED	KEYBAG_CREDENTIAL_STORE "/" KEYBAG_CREDENTIAL
#define KEYBAG_CREDENTIAL_ENCRYPTED	KEYBAG_CREDENTIAL_STORE ".encrypted/" KEYBAG_CREDENTIAL

/* The one of these that is there, as far as the caller may see it; NULL: none. */
const char *credential_stored(void);

#endif /* KEYBAG_COMMON_CREDENTIAL_H */
