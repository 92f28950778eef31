// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict.h"

#include <tss2/tss2_common.h>
#include <tss2/tss2_tpm2_types.h>

/* Numbers of the handle, session or parameter that an error is about are left out. */
#define FORMAT_1	(TPM2_RC_FMT1 | 0x03f)

static enum tpm_verdict of_format_1(TPM2_RC error)
{
	switch (error) {
	case TPM2_RC_BAD_AUTH:
	case TPM2_RC_AUTH_FAIL:
		return TPM_OWNED;
	case TPM2_RC_HIERARCHY:
		return TPM_DISABLED;
	case TPM2_RC_ASYMMETRIC:
	case TPM2_RC_CURVE:
	case TPM2_RC_HASH:
	case TPM2_RC_KDF:
	case TPM2_RC_KEY_SIZE:
	case TPM2_RC_MODE:
	case TPM2_RC_SCHEME:
	case TPM2_RC_SYMMETRIC:
		return TPM_UNFIT;
	default:
		return TPM_REFUSES;
	}
}

static enum tpm_verdict of_tpm(TPM2_RC error)
{
	if (error & TPM2_RC_FMT1)
		return of_format_1(error & FORMAT_1);
	switch (error) {
	case TPM2_RC_OBJECT_MEMORY:
	case TPM2_RC_SESSION_MEMORY:
	case TPM2_RC_MEMORY:
	case TPM2_RC_SESSION_HANDLES:
	case TPM2_RC_OBJECT_HANDLES:
	case TPM2_RC_TOO_MANY_CONTEXTS:
	case TPM2_RC_CONTEXT_GAP:
		return TPM_FULL;
	case TPM2_RC_LOCKOUT:
		return TPM_LOCKED_OUT;
	case TPM2_RC_FAILURE:
	case TPM2_RC_REBOOT:
	case TPM2_RC_UPGRADE:
		return TPM_BROKEN;
	case TPM2_RC_COMMAND_CODE:
		return TPM_UNFIT;
	case TPM2_RC_RETRY:
	case TPM2_RC_TESTING:
	case TPM2_RC_YIELDED:
		return TPM_SILENT;
	default:
		return TPM_REFUSES;
	}
}

enum tpm_verdict verdict_of(uint32_t code, bool silent)
{
	uint32_t error = code & ~TSS2_RC_LAYER_MASK;

	if (!code)
		return TPM_DONE;
	if (silent)
		return TPM_SILENT;
	switch (code & TSS2_RC_LAYER_MASK) {
	case TSS2_TPM_RC_LAYER:
	case TSS2_RESMGR_RC_LAYER:
	case TSS2_RESMGR_TPM_RC_LAYER:
		return of_tpm(error);
	case TSS2_TCTI_RC_LAYER:
		return error == TSS2_BASE_RC_MEMORY ? TPM_NO_MEMORY : TPM_UNREACHABLE;
	default:
		if (error == TSS2_BASE_RC_MEMORY)
			return TPM_NO_MEMORY;
		return error == TSS2_BASE_RC_RSP_AUTH_FAILED ? TPM_ALTERED : TPM_UNREACHABLE;
	}
}
