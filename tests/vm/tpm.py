# SPDX-License-Identifier: GPL-2.0-or-later
"""A TPM 2.0 for the machine; its state lives in a folder of the caller's."""

import os
import pathlib
import subprocess
import time

from .paths import VMError


class TPM:
    """swtpm ends with its machine, so there is one for each start of the machine."""

    def __init__(self, state, run_folder):
        state = pathlib.Path(state).absolute()
        state.mkdir(parents=True, exist_ok=True)
        self.socket = pathlib.Path(run_folder) / "tpm"
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--ctrl",
             f"type=unixio,path={self.socket}", "--flags", "startup-clear", "--terminate"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 120
        while not self.socket.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                error = self.process.stderr.read().decode(errors="replace")
                raise VMError(f"swtpm did not start: {error}")
            time.sleep(0.01)

    def arguments(self):
        return ["-chardev", f"socket,id=tpm,path={self.socket}", "-tpmdev", "emulator,id=tpm0,chardev=tpm",
                "-device", "tpm-tis,tpmdev=tpm0"]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stderr.close()
        if os.path.exists(self.socket):
            os.unlink(self.socket)
