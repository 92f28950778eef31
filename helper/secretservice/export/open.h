/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collections that programs have locked by Lock(), opened again.
 */
#ifndef SECRETSERVICE_EXPORT_OPEN_H
#define SECRETSERVICE_EXPORT_OPEN_H

/*
 * Opens the collection @keychain, where it is locked by a program alone and the keybag has no passcode to ask for, and tells of it. To be
 * called before somebody would be asked.
 */
void open_without_passcode(const char *keychain);

#endif /* SECRETSERVICE_EXPORT_OPEN_H */
