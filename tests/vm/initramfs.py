# SPDX-License-Identifier: GPL-2.0-or-later
"""The initramfs: the agent and a few modules, the same for each kernel, and after it
what belongs to one run: its settings and the project as make install left it."""

import os
import subprocess
import tempfile

from .architecture import X86_64
from .cpio import Archive
from .paths import BUILD, CACHE, HERE, digest, locked, remove_old, stage as staged

AGENT_SOURCES = sorted((HERE / "agent").glob("*.[ch]"))

AGENT_UNIT = """[Unit]
Description=Runs the commands of the test machine's host
DefaultDependencies=no
After=multi-user.target

[Service]
ExecStart=/usr/lib/keybag-test-agent
StandardOutput=journal
KeyringMode=private
TasksMax=infinity
"""

TARGET_UNIT = """[Unit]
Description=The system is up and ready for the test machine's host
Requires=multi-user.target keybag-test-agent.service
After=multi-user.target
AllowIsolate=yes
"""


def agent(architecture=X86_64):
    """The agent, a static program, compiled when its sources have changed."""
    compiler = [os.environ.get("CC", "gcc")] if architecture is X86_64 else \
        [architecture.compiler, f"--sysroot={BUILD / architecture.libraries}"]
    program = CACHE / f"agent-{digest(architecture.name, *AGENT_SOURCES)}"
    if not program.exists():
        with locked("agent"):
            CACHE.mkdir(parents=True, exist_ok=True)
            temporary = program.with_suffix(".new")
            subprocess.run([*compiler, "-std=gnu17", "-O2", "-static", "-Wall",
                            "-Wextra", "-Werror", "-o", str(temporary),
                            *[str(s) for s in AGENT_SOURCES if s.suffix == ".c"]], check=True)
            temporary.rename(program)
            remove_old(CACHE, "agent-*")
    return program


def _base(kernel):
    """Path of the part that depends on the kernel alone."""
    program = agent(kernel.architecture)
    stamp = str((kernel.modules / "modules.dep.bin").stat().st_mtime_ns) \
        if (kernel.modules / "modules.dep.bin").exists() else ""
    path = kernel.cache / f"initramfs-{digest(program.name, stamp)}"
    if not path.exists():
        archive = Archive()
        archive.file("init", program.read_bytes(), 0o755)
        names = []
        for name, data in kernel.boot_modules():
            archive.file(f"vm/modules/{name}", data)
            names.append(name)
        archive.file("vm/modules.config", f"modules {' '.join(names)}\n".encode())
        with tempfile.NamedTemporaryFile(dir=kernel.cache, delete=False) as file:
            file.write(archive.bytes())
        os.chmod(file.name, 0o644)
        os.rename(file.name, path)
        remove_old(kernel.cache, "initramfs-*")
    return path


def build(kernel, *, stage=None, disk=False, shares=(), systemd=False, resume=None):
    """The initramfs of one run. SHARES: (tag, place, writable)."""
    base = _base(kernel).read_bytes()
    run = Archive()
    lines = []
    if resume:
        lines.append(f"resume {resume}")
    if disk:
        lines.append("disk")
    for tag, place, writable in shares:
        lines.append(f"share {tag} {place} {'rw' if writable else 'ro'}")
        run.folder(f"stage{place}")
    if systemd:
        lines.append("next /sbin/init")
        units = "stage/usr/lib/systemd/system"
        run.file(f"{units}/keybag-test-agent.service", AGENT_UNIT.encode())
        run.file(f"{units}/keybag-test.target", TARGET_UNIT.encode())
        run.file("stage/usr/lib/keybag-test-agent", agent(kernel.architecture).read_bytes(), 0o755)
    run.file("vm/config", "".join(f"{line}\n" for line in lines).encode())
    stage = stage or staged(kernel.version)
    if stage.is_dir():
        with locked("stage", shared=True):
            run.tree(str(stage), "stage")
            updates = stage / "lib/modules" / kernel.version / "updates"
            for file in kernel.dependencies(updates):
                run.file(f"stage/usr/lib/modules/{kernel.version}/{file.name}", file.read_bytes())
    return base + run.bytes()
