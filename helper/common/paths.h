/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where things are. A test build may override them on the compiler's command line.
 */
#ifndef KEYBAG_COMMON_PATHS_H
#define KEYBAG_COMMON_PATHS_H

#ifndef KEYBAG_SOCKET
#define KEYBAG_SOCKET		"/run/keybag/keybagd.sock"
#endif
#ifndef KEYBAG_SOCKET_FOLDER
#define KEYBAG_SOCKET_FOLDER	"/run/keybag"
#endif
#ifndef KEYBAG_BAG_FOLDER
#define KEYBAG_BAG_FOLDER	"/var/lib/keybag/bags"
#endif
#ifndef KEYBAG_CONFIG_FOLDER
#define KEYBAG_CONFIG_FOLDER	"/etc/keybag"
#endif
#ifndef KEYBAG_VENDOR_FOLDER
#define KEYBAG_VENDOR_FOLDER	"/usr/lib/keybag"
#endif
#define KEYBAG_DEVICE_KEY_FILE	KEYBAG_CONFIG_FOLDER "/device.key"
#define KEYBAG_DEVICE_KEY_SEALED	KEYBAG_CONFIG_FOLDER "/device.tpm"
#ifndef KEYBAG_TPM_DEVICE
#define KEYBAG_TPM_DEVICE	"/dev/tpmrm0"
#endif

#endif /* KEYBAG_COMMON_PATHS_H */
