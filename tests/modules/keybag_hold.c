// SPDX-License-Identifier: GPL-2.0-only
/*
 * An HMAC that takes as long as a test wants, whatever computes it: the thread with the number in
 * the parameter victim waits at the start of each message until that is something else, as a slow
 * hash would where it must not sleep. "held" says that it does.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#ifdef CONFIG_X86_KERNEL_IBT
#include <asm/ibt.h>
#endif

/* A test that died leaves nobody behind for long. */
#define PATIENCE_MS	10000
#define STEP_US		100

static int victim;
module_param(victim, int, 0644);

static bool held;
module_param(held, bool, 0444);

static void hold(void)
{
	unsigned int left = PATIENCE_MS * 1000 / STEP_US;

	while (READ_ONCE(victim) == current->pid && left--) {
		WRITE_ONCE(held, true);
		if (preemptible())
			usleep_range(STEP_US, 2 * STEP_US);
		else
			udelay(STEP_US);
	}
	cmpxchg(&victim, current->pid, 0);
	WRITE_ONCE(held, false);
}

struct hmac;
struct part;

typedef int (*hmac_parts_t)(struct hmac *, const struct part *, unsigned int, u8 *);

static struct kprobe probe;

/* Where indirect branches need an ENDBR, the probe is behind that, and a call is not to miss it. */
static hmac_parts_t start_of_probed(void)
{
	unsigned long start = (unsigned long)probe.addr;

#ifdef CONFIG_X86_KERNEL_IBT
	if (*(const u32 *)(start - 4) == gen_endbr())
		start -= 4;
#endif
	return (hmac_parts_t)start;
}

/* Stands before keybag_hmac_parts(), in the context of its caller, where a probe could not wait. */
static int held_hmac_parts(struct hmac *hmac, const struct part *parts, unsigned int count, u8 *out)
{
	hold();
	/* The probe is reached once more, and lets it pass: it is nobody's victim any more. */
	return start_of_probed()(hmac, parts, count, out);
}

static int divert(struct kprobe *at, struct pt_regs *registers)
{
	if (READ_ONCE(victim) != current->pid)
		return 0;
	instruction_pointer_set(registers, (unsigned long)held_hmac_parts);
	return 1;
}

/* A probe that has one is not made a jump, which could not divert. */
static void passed(struct kprobe *at, struct pt_regs *registers, unsigned long flags)
{
}

static struct kprobe probe = {
	.symbol_name = "keybag_hmac_parts",
	.pre_handler = divert,
	.post_handler = passed,
};

static int __init hold_module_init(void)
{
	return register_kprobe(&probe);
}

static void __exit hold_module_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(hold_module_init);
module_exit(hold_module_exit);

MODULE_DESCRIPTION("An HMAC that a test can hold");
MODULE_LICENSE("GPL");
