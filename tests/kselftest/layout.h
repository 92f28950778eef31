/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where every field is, for every caller: this compiles for 64-bit and for 32-bit programs (the
 * Makefile does both). A change here is a change of the ABI.
 */
#ifndef KEYBAG_SELFTEST_LAYOUT_H
#define KEYBAG_SELFTEST_LAYOUT_H

#include <stddef.h>
#include <keybag.h>

#define FIELD(type, field, at) \
	_Static_assert(offsetof(struct keybag_##type, field) == (at), #type "." #field)
#define SIZE(type, size) \
	_Static_assert(sizeof(struct keybag_##type) == (size), #type)
/* In the first release; what a program was built with is accepted for good. */
#define VER0(TYPE, size) \
	_Static_assert(KEYBAG_##TYPE##_SIZE_VER0 == (size), #TYPE)

SIZE(version, 192);
VER0(VERSION, 192);
FIELD(version, abi, 0);
FIELD(version, form_version, 4);
FIELD(version, blob_version, 8);
FIELD(version, flags, 12);
FIELD(version, device_key_id, 16);
FIELD(version, module, 32);
FIELD(version, aead_driver, 64);
FIELD(version, mac_driver, 128);

SIZE(device_key, 32);
VER0(DEVICE_KEY, 32);
FIELD(device_key, key, 0);
FIELD(device_key, serial, 8);
FIELD(device_key, reserved, 12);
FIELD(device_key, device_key_id, 16);

SIZE(buffer, 16);
FIELD(buffer, address, 0);
FIELD(buffer, capacity, 8);
FIELD(buffer, length, 12);

SIZE(requester, 8);
FIELD(requester, uid, 0);
FIELD(requester, pid, 4);

SIZE(secret, 32);
FIELD(secret, secret, 0);
FIELD(secret, hardware, 8);
FIELD(secret, secret_length, 16);
FIELD(secret, hardware_length, 20);
FIELD(secret, kind, 24);
FIELD(secret, id, 28);

SIZE(protector, 56);
FIELD(protector, kdf_memory_kib, 0);
FIELD(protector, kdf_passes, 4);
FIELD(protector, kdf_lanes, 8);
FIELD(protector, opaque_length, 12);
FIELD(protector, opaque, 16);
FIELD(protector, salt, 24);

SIZE(create, 144);
VER0(CREATE, 144);
FIELD(create, type, 0);
FIELD(create, owner, 4);
FIELD(create, uuid, 8);
FIELD(create, protector, 24);
FIELD(create, secret, 80);
FIELD(create, form, 112);
FIELD(create, record, 128);

SIZE(load, 72);
VER0(LOAD, 72);
FIELD(load, form, 0);
FIELD(load, record, 8);
FIELD(load, form_length, 24);
FIELD(load, record_length, 28);
FIELD(load, flags, 36);
FIELD(load, uuid, 40);
FIELD(load, new_record, 56);

SIZE(read, 40);
VER0(READ, 40);
FIELD(read, uuid, 0);
FIELD(read, sequence, 16);
FIELD(read, buffer, 24);

SIZE(record_saved, 24);
VER0(RECORD_SAVED, 24);
FIELD(record_saved, uuid, 0);
FIELD(record_saved, sequence, 16);

SIZE(try, 56);
VER0(TRY, 56);
FIELD(try, uuid, 0);
FIELD(try, try_id, 16);
FIELD(try, retry_after_ns, 24);
FIELD(try, failures, 32);
FIELD(try, reserved, 36);
FIELD(try, record, 40);

SIZE(unlock, 104);
VER0(UNLOCK, 104);
FIELD(unlock, uuid, 0);
FIELD(unlock, try_id, 16);
FIELD(unlock, secret, 24);
FIELD(unlock, flags, 56);
FIELD(unlock, reason, 60);
FIELD(unlock, requester, 64);
FIELD(unlock, retry_after_ns, 72);
FIELD(unlock, failures, 80);
FIELD(unlock, state, 84);
FIELD(unlock, record, 88);

SIZE(lock, 32);
VER0(LOCK, 32);
FIELD(lock, uuid, 0);
FIELD(lock, flags, 16);
FIELD(lock, reason, 20);
FIELD(lock, requester, 24);

SIZE(change, 208);
VER0(CHANGE, 208);
FIELD(change, uuid, 0);
FIELD(change, try_id, 16);
FIELD(change, authority, 24);
FIELD(change, action, 56);
FIELD(change, target, 60);
FIELD(change, protector, 64);
FIELD(change, secret, 120);
FIELD(change, generation, 152);
FIELD(change, retry_after_ns, 160);
FIELD(change, failures, 168);
FIELD(change, target_id, 172);
FIELD(change, form, 176);
FIELD(change, record, 192);

SIZE(commit, 32);
VER0(COMMIT, 32);
FIELD(commit, uuid, 0);
FIELD(commit, generation, 16);
FIELD(commit, requester, 24);

SIZE(recover, 184);
VER0(RECOVER, 184);
FIELD(recover, form, 0);
FIELD(recover, form_length, 8);
FIELD(recover, reserved, 12);
FIELD(recover, authority, 16);
FIELD(recover, protector, 48);
FIELD(recover, secret, 104);
FIELD(recover, uuid, 136);
FIELD(recover, new_form, 152);
FIELD(recover, new_record, 168);

SIZE(unload, 24);
VER0(UNLOAD, 24);
FIELD(unload, uuid, 0);
FIELD(unload, requester, 16);

SIZE(evict, 16);
VER0(EVICT, 16);
FIELD(evict, reason, 0);
FIELD(evict, reserved, 4);
FIELD(evict, requester, 8);

SIZE(list, 16);
VER0(LIST, 16);
FIELD(list, uuids, 0);
FIELD(list, capacity, 8);
FIELD(list, count, 12);

SIZE(follow, 16);
VER0(FOLLOW, 16);

SIZE(backup_create, 136);
VER0(BACKUP_CREATE, 136);
FIELD(backup_create, owner, 0);
FIELD(backup_create, reserved, 4);
FIELD(backup_create, uuid, 8);
FIELD(backup_create, protector, 24);
FIELD(backup_create, secret, 80);
FIELD(backup_create, form, 112);
FIELD(backup_create, lifetime_ns, 128);

SIZE(backup_open, 80);
VER0(BACKUP_OPEN, 80);
FIELD(backup_open, owner, 0);
FIELD(backup_open, flags, 4);
FIELD(backup_open, uuid, 8);
FIELD(backup_open, form, 24);
FIELD(backup_open, form_length, 32);
FIELD(backup_open, classes, 36);
FIELD(backup_open, secret, 40);
FIELD(backup_open, lifetime_ns, 72);
FIELD(follow, flags, 0);
FIELD(follow, reserved, 4);
FIELD(follow, timeout_ns, 8);

SIZE(status, 112);
VER0(STATUS, 112);
FIELD(status, uuid, 0);
FIELD(status, owner, 16);
FIELD(status, type, 20);
FIELD(status, state, 24);
FIELD(status, reason, 28);
FIELD(status, state_seq, 32);
FIELD(status, state_time_ns, 40);
FIELD(status, requester, 48);
FIELD(status, bag_generation, 56);
FIELD(status, retry_after_ns, 64);
FIELD(status, failures, 72);
FIELD(status, flags, 76);
FIELD(status, classes_present, 80);
FIELD(status, classes_available, 84);
FIELD(status, rights, 88);
FIELD(status, classes, 92);
FIELD(status, domain, 96);

SIZE(event, 40);
VER0(EVENT, 40);
FIELD(event, size, 0);
FIELD(event, type, 4);
FIELD(event, state_seq, 8);
FIELD(event, time_ns, 16);
FIELD(event, state, 24);
FIELD(event, reason, 28);
FIELD(event, requester, 32);

SIZE(bind, 32);
VER0(BIND, 32);
FIELD(bind, by, 0);
FIELD(bind, serial, 4);
FIELD(bind, uid, 8);
FIELD(bind, flags, 12);
FIELD(bind, uuid, 16);

SIZE(restrict, 32);
VER0(RESTRICT, 32);
FIELD(restrict, rights, 0);
FIELD(restrict, classes, 4);
FIELD(restrict, flags, 8);
FIELD(restrict, known, 12);
FIELD(restrict, domain, 16);

SIZE(clone, 16);
VER0(CLONE, 16);
FIELD(clone, flags, 0);
FIELD(clone, reserved, 4);
FIELD(clone, lifetime_ns, 8);

SIZE(wrap, 40);
VER0(WRAP, 40);
FIELD(wrap, class_number, 0);
FIELD(wrap, flags, 4);
FIELD(wrap, plaintext_length, 8);
FIELD(wrap, aad_length, 12);
FIELD(wrap, blob_capacity, 16);
FIELD(wrap, reserved, 20);
FIELD(wrap, plaintext, 24);
FIELD(wrap, blob, 32);
FIELD(wrap, data, 40);

SIZE(unwrap, 24);
VER0(UNWRAP, 24);
FIELD(unwrap, blob_length, 0);
FIELD(unwrap, aad_length, 4);
FIELD(unwrap, plaintext_capacity, 8);
FIELD(unwrap, flags, 12);
FIELD(unwrap, plaintext, 16);
FIELD(unwrap, data, 24);

SIZE(rewrap, 40);
VER0(REWRAP, 40);
FIELD(rewrap, class_number, 0);
FIELD(rewrap, flags, 4);
FIELD(rewrap, target, 8);
FIELD(rewrap, blob_length, 12);
FIELD(rewrap, aad_length, 16);
FIELD(rewrap, new_aad_length, 20);
FIELD(rewrap, new_blob_capacity, 24);
FIELD(rewrap, reserved, 28);
FIELD(rewrap, new_blob, 32);
FIELD(rewrap, data, 40);

SIZE(child_create, 24);
VER0(CHILD_CREATE, 24);
FIELD(child_create, class_number, 0);
FIELD(child_create, flags, 4);
FIELD(child_create, aad_length, 8);
FIELD(child_create, blob_capacity, 12);
FIELD(child_create, blob, 16);
FIELD(child_create, data, 24);

SIZE(child_open, 16);
VER0(CHILD_OPEN, 16);
FIELD(child_open, blob_length, 0);
FIELD(child_open, aad_length, 4);
FIELD(child_open, flags, 8);
FIELD(child_open, reserved, 12);
FIELD(child_open, data, 16);

SIZE(item, 72);
VER0(ITEM, 72);
FIELD(item, operation, 0);
FIELD(item, result, 4);
FIELD(item, class_number, 8);
FIELD(item, child, 12);
FIELD(item, flags, 16);
FIELD(item, target, 20);
FIELD(item, input_length, 24);
FIELD(item, aad_length, 28);
FIELD(item, new_aad_length, 32);
FIELD(item, output_capacity, 36);
FIELD(item, input, 40);
FIELD(item, aad, 48);
FIELD(item, new_aad, 56);
FIELD(item, output, 64);

SIZE(batch, 16);
VER0(BATCH, 16);
FIELD(batch, items, 0);
FIELD(batch, count, 8);
FIELD(batch, item_size, 12);

#endif /* KEYBAG_SELFTEST_LAYOUT_H */
