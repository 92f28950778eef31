/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collections that programs have locked by Lock(), opened again.
 */
#ifndef SECRETSERVICE_EXPORT_OPEN_H
#define SECRETSERVICE_EXPORT_OPEN_H

/*
 * Opens what is locked by a program alone, of a keybag that has no passcode to ask for, and tells of it. To be called before
 * somebody would be asked.
 */
void open_without_passcode(void);

#endif /* SECRETSERVICE_EXPORT_OPEN_H */
