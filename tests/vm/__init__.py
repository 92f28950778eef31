# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual machines for tests. From a program under tests/:

    from vm import VM
    with VM(disk="/some/file") as vm:
        status, output = vm.run("keybagctl status")

Leaving the with statement raises VMFault if the guest's kernel complained.
"""

from .channel import Command, Result
from .kernel import Kernel
from .machine import VM, VMFault
from .paths import VMError

__all__ = ["Command", "Kernel", "Result", "VM", "VMError", "VMFault"]
