// SPDX-License-Identifier: GPL-2.0-or-later
#include "guard_verdict.h"

#include <errno.h>
#include <stddef.h>

#include "tpm_verdict.h"

/* The way on where the TPM never gives it. */
static const char by_code[] = "'keybagctl passwd --recovery' sets a new passcode with the recovery code";
static const char by_nothing[] = "the keybag has no recovery code, and nothing opens it any more: 'keybagctl destroy' makes room for "
				 "another";

static const struct guard_meaning {
	int error;
	const char *text;
	bool lost;	/* by_code or by_nothing follows */
} meanings[] = {
	[TPM_CLEARED] = { -EXDEV, "the TPM was cleared since its passcode was set, and never takes that again", true },
	[TPM_REPLACED] = { -EXDEV, "its passcode is checked by another TPM than this machine's: put that one back; if it is lost", true },
	[TPM_CHANGED] = { -EXDEV, "the TPM was cleared or replaced since its passcode was set", true },
	[TPM_USED_UP] = { -EKEYREVOKED, "the TPM has taken as many wrong passcodes as it takes, and takes no passcode any more", true },
	[TPM_GONE] = { -ENOLINK, "the index of the TPM that counts its wrong passcodes was deleted", true },
	[TPM_FOREIGN] = { -ENOLINK, "the index of the TPM that counts its wrong passcodes was replaced by another one", true },
	[TPM_OLDER] = { -ESTALE, "its file is an older copy, as it seems: the TPM knows a later passcode: restore the newer file; if there "
				 "is none", true },
	[TPM_DAMAGED] = { -EBADMSG, "what its file says of the TPM is damaged: restore the file from a backup; if there is none", true },
	[TPM_NEWER] = { -EPROTONOSUPPORT, "its passcode was set by a newer version of Keybag: install that version", false },
	[TPM_TAKEN] = { -EEXIST, "the TPM has an index with that number already", false },
	[TPM_NO_INDEX] = { -ENOSPC, "the TPM has no room for another index: remove one that nothing needs ('tpm2_nvreadpublic' of tpm2-tools "
				    "lists them), or set the passcode with '--no-tpm'", false },
	[TPM_UNFIT] = { -EMEDIUMTYPE, "the TPM lacks what counting wrong passcodes takes (indexes of type PIN-fail, ECC P-256, AES-128, "
				      "SHA-256): set the passcode with '--no-tpm'", false },
	[TPM_BROKEN] = { -ENODEV, "the TPM is in its failure mode: switch the machine off and on; if it stays so", true },
};

static int guard_explain(const struct tpm_purpose *common, uint32_t verdict, uint32_t code, struct request_result *ret_result)
{
	const struct guard_purpose *purpose = (const struct guard_purpose *)common;
	const struct guard_meaning *meaning = verdict < sizeof(meanings) / sizeof(meanings[0]) ? &meanings[verdict] : NULL;

	if (verdict == TPM_WRONG)
		return -EKEYREJECTED;
	if (!meaning || !meaning->text)
		return tpm_verdict_explain(verdict, code, common->object, ret_result);
	if (!meaning->lost)
		return request_result_fail(ret_result, meaning->error, "%s: %s", common->object, meaning->text);
	return request_result_fail(ret_result, meaning->error, "%s: %s: %s", common->object, meaning->text,
				   purpose->recovery_code ? by_code : by_nothing);
}

struct guard_purpose guard_purpose(const struct guard_owner *owner)
{
	return (struct guard_purpose){
		.common = {
			.object = owner->label,
			.without = owner->recovery_code ? "'keybagctl passwd --recovery --no-tpm' sets a new passcode with the recovery code" :
							  by_nothing,
			.explain = guard_explain,
		},
		.recovery_code = owner->recovery_code,
	};
}
