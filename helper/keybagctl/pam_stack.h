/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PAM stack as libpam puts it together from /etc/pam.d, includes and substacks in their place.
 */
#ifndef KEYBAGCTL_PAM_STACK_H
#define KEYBAGCTL_PAM_STACK_H

#include <stdbool.h>
#include <stddef.h>

struct pam_rule {
	unsigned int level;	/* of substacks around it; one itself is a rule without a module, a level up */
	char control[128];	/* "required", "[success=1 default=ignore]" */
	char module[64];	/* "pam_unix.so", without a folder */
	char arguments[512];	/* "" or the beginning of them */
};

struct pam_stack {
	struct pam_rule *rules;
	size_t count;
};

/*
 * Reads the rules of @service for @type: auth, account, password or session. A service without a file
 * has an empty stack. Release with pam_stack_free(). Returns 0, -ELOOP for includes without end, -ENOMEM.
 */
int pam_stack_read(const char *service, const char *type, struct pam_stack *ret_stack);
void pam_stack_free(struct pam_stack *stack);

/* Place of the first rule with that module, -1: none. */
int pam_stack_find(const struct pam_stack *stack, const char *module);

/*
 * Whether success of the rule at @place ends the stack, or jumps over the one at @target, which is
 * further down. In a substack it ends that alone.
 */
bool pam_rule_passes_over(const struct pam_stack *stack, int place, int target);

#endif /* KEYBAGCTL_PAM_STACK_H */
