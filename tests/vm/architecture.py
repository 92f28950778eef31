# SPDX-License-Identifier: GPL-2.0-or-later
"""Differences between the architectures that machines may have. A machine has that of its kernel."""

import collections

# debian: Debian's name for it. compiler: makes programs for the machine, with the libraries in build/LIBRARIES. console:
# the serial port. words: for the kernel's command line. packed: QEMU boots the kernel as it is packed, never unpacked.
# kvm: this host's may serve. cpus: at least so many processors.
Architecture = collections.namedtuple(
    "Architecture", "name debian compiler libraries qemu machine cpu console words packed kvm cpus")

X86_64 = Architecture(
    name="x86-64", debian="amd64", compiler="gcc", libraries=None, qemu="qemu-system-x86_64", machine="pc",
    cpu="max", console="ttyS0",
    # pci=noacpi: virtio needs none of the interrupt routing that the ACPI interpreter takes 3 s of CPU time to set up.
    # no_timer_check: a host that is busy for a moment is no broken timer.
    words=("pci=noacpi", "no_timer_check"), packed=False, kvm=True, cpus=1)
# pauth-impdef: QEMU's own way to sign pointers, a tenth of the cost of the architecture's. Two processors, as Debian's
# kernel does not preempt itself here: what a test holds up in the kernel keeps its processor.
ARM64 = Architecture(
    name="arm64", debian="arm64", compiler="aarch64-linux-gnu-gcc-12", libraries="arm64/root",
    qemu="qemu-system-aarch64", machine="virt,gic-version=3",
    cpu="max,pauth-impdef=on", console="ttyAMA0", words=(), packed=True, kvm=False, cpus=2)


def of(kernel):
    """The architecture of a kernel, by its name as in build/kernels, or its version."""
    return ARM64 if str(kernel or "").endswith("arm64") else X86_64
