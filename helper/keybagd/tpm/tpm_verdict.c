// SPDX-License-Identifier: GPL-2.0-or-later
#include "tpm_verdict.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/tpm_exchange.h"

static const struct meaning {
	int error;
	const char *text;
} meanings[] = {
	[TPM_UNDECIDED] = { -ENODEV, "the program keybag-tpm has failed: see 'journalctl -u keybagd'" },
	[TPM_SILENT] = { -ENODEV, "the TPM does not answer in time: it is asked again at the next use; if that goes on, switch the "
				  "machine off and on" },
	[TPM_UNREACHABLE] = { -ENODEV, "the TPM cannot be talked to: 'dmesg' may say why; switch the machine off and on" },
	[TPM_CLEARED] = { -EXDEV, "the TPM was cleared since, and cannot open it any more" },
	[TPM_REPLACED] = { -EXDEV, "it was sealed by another TPM than this machine's: put that one back; if it is lost" },
	[TPM_CHANGED] = { -EXDEV, "the TPM was cleared or replaced since" },
	[TPM_DAMAGED] = { -EMEDIUMTYPE, "it is damaged: restore device.tpm from a backup; if there is none, move it away" },
	[TPM_NEWER] = { -EMEDIUMTYPE, "it was made by a newer version of Keybag: install that version" },
	[TPM_LOCKED_OUT] = { -ENODEV, "the TPM is locked out after wrong answers of another program: wait, or "
				      "'tpm2_dictionarylockout --clear-lockout'" },
	[TPM_OWNED] = { -EMEDIUMTYPE, "the TPM's owner hierarchy has a password, which Keybag does not know: take it away, as by "
				      "'tpm2_changeauth -c owner -p PASSWORD'" },
	[TPM_DISABLED] = { -EMEDIUMTYPE, "the TPM's owner hierarchy is switched off: switch it on in the firmware's settings" },
	[TPM_FULL] = { -ENODEV, "the TPM has no room for another key or session: end the programs that fill it, or restart the "
				"machine" },
	[TPM_UNFIT] = { -EMEDIUMTYPE, "the TPM lacks ECC P-256, AES-128 or SHA-256: use the file, keybagd(8)" },
	[TPM_BROKEN] = { -ENODEV, "the TPM is in its failure mode: switch the machine off and on; if it stays so, restore a "
				  "copy of device.key and move device.tpm away" },
	[TPM_ALTERED] = { -EMEDIUMTYPE, "the TPM's answers do not verify: something between processor and TPM alters them" },
	[TPM_NO_MEMORY] = { -ENODEV, "not enough memory to talk to the TPM: it is tried again at the next use" },
	[TPM_UNCONFINED] = { -ENODEV, "the kernel refuses keybag-tpm its filter of system calls (seccomp), without which it does nothing: "
				      "see what keybagd.service was changed to by 'systemctl cat keybagd'" },
};

static const char from_a_copy[] = "restore a copy of device.key and 'keybagctl device-key move tpm'; without a copy move device.tpm and "
				  "the keybags away, restart keybagd and use 'keybagctl recover' with the recovery codes, which a "
				  "system keybag has none of";

/* This machine's TPM will never open it. */
static bool is_lost(uint32_t verdict)
{
	return verdict == TPM_CLEARED || verdict == TPM_REPLACED || verdict == TPM_CHANGED || verdict == TPM_DAMAGED;
}

int tpm_verdict_explain(uint32_t verdict, uint32_t code, const char *object, struct request_result *ret_result)
{
	const struct meaning *meaning = verdict < sizeof(meanings) / sizeof(meanings[0]) ? &meanings[verdict] : NULL;

	if (meaning && is_lost(verdict))
		return request_result_fail(ret_result, meaning->error, "%s: %s: %s", object, meaning->text, from_a_copy);
	if (meaning && meaning->text)
		return request_result_fail(ret_result, meaning->error, "%s: %s", object, meaning->text);
	return request_result_fail(ret_result, -ENODEV, "%s: the TPM refuses with error 0x%x ('tpm2_rc_decode 0x%x' explains it): "
				   "restart the machine, or look into the settings of the TPM", object, code, code);
}
