# SPDX-License-Identifier: GPL-2.0-or-later
"""make vm: one shell command in a fresh machine.

Settings come from the environment, as make passes them: CMD, SHARE, OUT, DISK, KERNEL, VM,
TPM, MEM, SMP, APPEND, TIME. The command's output is streamed and its exit status passed on;
    98   the machine could not be started
    99   the guest's kernel complained (oops, WARN, lockdep, hung task, panic, taint)
   124   the command did not end within TIME seconds (default 3600)
"""

import os
import shutil
import signal
import sys
import termios
import threading
import tty

from . import VM, VMError, VMFault
from .paths import CACHE

START_FAILED, KERNEL_FAULT, TIME_OVER = 98, 99, 124


def _sink(is_stderr, data):
    stream = sys.stderr.buffer if is_stderr else sys.stdout.buffer
    stream.write(data)
    stream.flush()


def _feed(command):
    """Our standard input to the command's."""
    while True:
        data = os.read(0, 65536)
        if not data:
            command.end_input()
            return
        command.send(data)


def _run(machine, text, limit):
    interactive = os.isatty(0) and os.isatty(1)
    if interactive:
        size = shutil.get_terminal_size()
        text = f"stty rows {size.lines} cols {size.columns}; {text}"
    command = machine.command(text, terminal=interactive, sink=_sink)
    threading.Thread(target=_feed, args=(command,), daemon=True).start()
    saved = termios.tcgetattr(0) if interactive else None
    try:
        if interactive:
            tty.setraw(0)
        return command.wait(limit).status
    finally:
        if saved:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)


def main():
    setting = os.environ.get
    kind = setting("VM", "")
    if kind not in ("", "systemd"):
        print(f"vm: VM={kind}? There is VM=systemd, or nothing.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    log = CACHE / "console.log"
    try:
        machine = VM(kernel=setting("KERNEL") or None, systemd=kind == "systemd", disk=setting("DISK") or None,
                     share=setting("SHARE") or None, out=setting("OUT") or None, tpm=setting("TPM") or None,
                     memory=setting("MEM") or 1024, cpus=setting("SMP") or 2, append=setting("APPEND") or "")
        machine.boot()
        sys.stderr.write(machine.start_output)
    except VMError as error:
        print(f"vm: {error}", file=sys.stderr)
        return KERNEL_FAULT if isinstance(error, VMFault) else START_FAILED
    try:
        status = _run(machine, setting("CMD") or "bash -l", float(setting("TIME") or 3600))
        machine.close()
        return status
    except VMFault as error:
        print(f"\nvm: {error}", file=sys.stderr)
        return KERNEL_FAULT
    except TimeoutError:
        print("\nvm: the command took too long (TIME= sets the seconds)", file=sys.stderr)
        return TIME_OVER
    finally:
        machine.close(check=False)
        if machine.console_log.exists():
            os.replace(machine.console_log, log)


if __name__ == "__main__":
    sys.exit(main())
