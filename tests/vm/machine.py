# SPDX-License-Identifier: GPL-2.0-or-later
"""The virtual machine: QEMU, its console, its commands, from boot to power-off."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from . import initramfs, rootfs
from .accel import have_kvm
from .channel import Channel
from .console import Console
from .kernel import Kernel
from .memory import Memory
from .paths import CACHE, VMError, remove_old
from .qemu import qemu
from .qmp import QMP
from .tpm import TPM

# An out-of-tree module and an unsigned one.
TAINT_ALLOWED = 1 << 12 | 1 << 13

# Time that anything may take on a machine that is very busy: only what hangs comes near.
PATIENCE = 600

# QEMU 10 with several processors may stop on an assertion (iotlb_to_section) while one of them sets up PCI and another
# reaches a device: once in hundreds of boots. Then the machine is switched on again.
BOOTS = 3

# Modules that nothing here needs, and that systemd loads at boot.
UNNEEDED = ("modprobe@drm.service", "modprobe@dm_mod.service", "modprobe@loop.service", "modprobe@configfs.service",
            "modprobe@efi_pstore.service", "sys-kernel-config.mount", "dev-hugepages.mount")

# Brings the project up as an administrator's boot would. What goes wrong is said
# on standard error and left to the command that needs it.
START = r"""
if [ -e /usr/lib/modules/$(uname -r)/updates/keybag.ko ]; then
	modprobe keybag || exit
fi
if compgen -G '/usr/lib/sysusers.d/key*.conf' >/dev/null; then
	systemd-sysusers
fi
if compgen -G '/usr/lib/tmpfiles.d/key*.conf' >/dev/null; then
	systemd-tmpfiles --create /usr/lib/tmpfiles.d/key*.conf
fi
if [ -d /run/systemd/system ]; then
	for unit in keybagd keychaind; do
		for kind in socket service; do
			[ ! -e /usr/lib/systemd/system/$unit.$kind ] || systemctl start $unit.$kind
		done
	done
	exit 0
fi
start() {	# DAEMON SOCKET
	local folder i
	for folder in /usr/sbin /usr/libexec /usr/libexec/keybag /usr/lib/keybag /usr/bin; do
		[ -x $folder/$1 ] || continue
		setsid $folder/$1 </dev/null >/run/$1.log 2>&1 &
		for ((i = 0; i < 6000; i++)); do
			[ ! -S "$2" ] || return 0
			kill -0 $! 2>/dev/null || break
			sleep 0.05
		done
		echo "vm: $1 did not come up; it said:" >&2
		cat /run/$1.log >&2
		return 0
	done
}
start keybagd /run/keybag/keybagd.sock
start keychaind /run/keychain/keychaind.sock
exit 0
"""


class VMFault(VMError):
    """The guest's kernel complained, or stopped."""


class QemuAborted(VMFault):
    """QEMU gave up on an assertion of its own."""


class VM:
    """A machine; boot() starts it, close() or a with statement ends it.

    kernel    6.1, backports, kasan, lockdep, a version or a folder
    systemd   boot systemd; otherwise the agent is process 1 (4 s faster)
    disk      raw file for the writable layer, made if absent: users and /var survive
    share     folder to see read-only at /mnt/share; out: the writable one at /mnt/out
    shares    more of them: (tag, place, folder, writable)
    packages  file that lists packages of Debian besides guest-packages
    tpm       folder with the state of a TPM
    ram_file  keep the guest's RAM in a file for search by .memory
    icount    count instructions: one CPU, each instruction 1 ns, repeatable
    start     load the module and start the daemons (START above)
    pvh       False: boot the packed kernel, as suspend to RAM wants
    disk_log  file that gets all writes to the disk, in order (see blocklog.py)
    shared    False: no folders, which neither migration nor hibernation go with
    resume    the guest's device that may hold a hibernation image
    append    kernel command line; qemu: QEMU arguments, added last
    allow     patterns of kernel complaints that are expected
    allow_exit  the machine may stop by itself: panic tests
    """

    def __init__(self, *, kernel=None, systemd=False, disk=None, disk_size=512, share=None, out=None,
                 shares=(), packages=None, tpm=None, memory=1024, cpus=1, cpu=None, append="", qemu=(), ram_file=False,
                 icount=False, start=True, pvh=True, disk_log=None, allow=(), allow_exit=False,
                 stage=None, console_log=None, shared=True, resume=None):
        self.kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
        self.systemd, self.start, self.stage = systemd, start, stage
        self.disk = pathlib.Path(disk).absolute() if disk else None
        self.disk_size, self.disk_log = disk_size, disk_log
        self.out = pathlib.Path(out or CACHE / "out").absolute()
        self.shares = [("out", "/mnt/out", self.out, True)]
        if share:
            self.shares.append(("share", "/mnt/share", pathlib.Path(share).absolute(), False))
        self.shares += [(tag, place, pathlib.Path(folder).absolute(), writable)
                        for tag, place, folder, writable in shares]
        if not shared:
            self.shares = []
        self.resume, self.packages = resume, packages
        self.tpm_state, self.memory_size = tpm, int(memory)
        self.cpus = 1 if icount else max(int(cpus), self.kernel.architecture.cpus)
        self.cpu, self.append, self.extra = cpu, append, list(qemu)
        self.ram_file, self.icount, self.pvh = ram_file, icount, pvh
        self.allow, self.allow_exit = allow, allow_exit
        self.console_log = pathlib.Path(console_log) if console_log else \
            CACHE / "consoles" / f"{os.getpid()}-{id(self):x}.log"
        self.process = self.console = self.channel = self.qmp = self.tpm = self.memory = None
        self.folder = self.initramfs = None
        self.stopping = False

    # -- the machine ---------------------------------------------------------

    def _device(self, text):
        """A PCI device. All are functions of slots 4, 8, …, which share one interrupt link:
        the guest needs 0.4 s to set up each link."""
        slot, function = divmod(self.devices, 8)
        self.devices += 1
        return f"{text},addr={4 * slot + 4:#x}.{function},multifunction=on"

    def _disks(self):
        arguments = []
        for number, image in enumerate((rootfs.image(self.packages, self.kernel.architecture), self.kernel.module_image())):
            arguments += ["-drive", f"file={image},format=raw,if=none,id=d{number},readonly=on,cache=unsafe",
                          "-device", self._device(f"virtio-blk-pci,drive=d{number}")]
        if not self.disk:
            return arguments
        if not self.disk.exists():
            self.disk.parent.mkdir(parents=True, exist_ok=True)
            new = self.disk.with_name(self.disk.name + ".new")
            with open(new, "wb") as file:
                file.truncate(self.disk_size << 20)
            subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "root_owner=0:0", str(new)], check=True)
            new.rename(self.disk)
        if self.disk_log:
            open(self.disk_log, "wb").close()
            return arguments + [
                "-blockdev", f"driver=file,node-name=disk,filename={self.disk}",
                "-blockdev", f"driver=file,node-name=log,filename={self.disk_log}",
                "-blockdev", "driver=blklogwrites,node-name=d2,file=disk,log=log",
                "-device", self._device("virtio-blk-pci,drive=d2")]
        return arguments + ["-drive", f"file={self.disk},format=raw,if=none,id=d2,cache=writeback",
                            "-device", self._device("virtio-blk-pci,drive=d2")]

    def _shares(self):
        arguments = []
        for tag, _, folder, writable in self.shares:
            if writable:
                folder.mkdir(parents=True, exist_ok=True)
            if not folder.is_dir():
                raise VMError(f"no folder {folder} to share")
            arguments += ["-fsdev", f"local,id={tag},path={folder},security_model=none,multidevs=remap"
                          + ("" if writable else ",readonly=on"),
                          "-device", self._device(f"virtio-9p-pci,fsdev={tag},mount_tag={tag}")]
        return arguments

    def _kernel(self):
        """Kernel, initramfs and command line."""
        initrd = self.folder / "initramfs"
        # Made once: a reboot must not bring what was built in the meantime.
        self.initramfs = self.initramfs or initramfs.build(
            self.kernel, stage=self.stage, disk=bool(self.disk), systemd=self.systemd,
            resume=self.resume,
            shares=[(tag, place, writable) for tag, place, _, writable in self.shares])
        initrd.write_bytes(self.initramfs)
        words = [f"console={self.kernel.architecture.console}", *self.kernel.architecture.words, "loglevel=5", "printk.time=1", "panic=-1", "oops=panic", "panic_on_warn=1",
                 # A processor of the guest may have to wait for one of the host.
                 "rcupdate.rcu_cpu_stall_timeout=120", "watchdog_thresh=60", "sysctl.kernel.hung_task_timeout_secs=300",
                 "systemd.unit=keybag-test.target systemd.show_status=no " +
                 " ".join(f"systemd.mask={unit}" for unit in UNNEEDED) if self.systemd else "", "kmemleak=on" if self.kernel.debug else "",
                 "nokaslr norandmaps" if self.icount else ""]
        image = self.kernel.image() if self.pvh else self.kernel.packed()
        arguments = ["-kernel", str(image)]
        if self.tpm_state and image.name == "vmlinux":
            # QEMU's PVH loader puts an initrd over the ACPI tables when the TPM's log
            # enlarges them, and the kernel does not reserve one placed by hand.
            place = min(256, self.memory_size // 2) << 20
            size = initrd.stat().st_size
            arguments += ["-device", f"loader,file={initrd},addr={place:#x},force-raw=on"]
            words += [f"initrdmem={place:#x},{size}", f"memmap={(size >> 20) + 1}M${place:#x}"]
        else:
            arguments += ["-initrd", str(initrd)]
        return arguments + ["-append", " ".join(word for word in words + [self.append] if word)]

    def _arguments(self):
        self.devices = 0
        kvm = not self.icount and have_kvm(self.kernel)
        architecture = self.kernel.architecture
        cpu = self.cpu or ("host" if kvm else architecture.cpu)
        # With us, whatever way we end, goes the machine.
        arguments = ["setpriv", "--pdeathsig", "KILL", *qemu(architecture).command, "-accel", "kvm" if kvm else "tcg", "-cpu", cpu,
                     "-m", f"{self.memory_size}M", "-smp", str(self.cpus), "-display", "none", "-nodefaults",
                     "-no-reboot", "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                     "-chardev", f"socket,id=qmp,fd={self.qmp.theirs.fileno()}", "-mon", "chardev=qmp,mode=control",
                     "-device", self._device("virtio-serial-pci"), "-chardev", f"socket,id=agent,fd={self.channel.theirs.fileno()}",
                     "-device", "virtserialport,chardev=agent,name=keybag.agent"]
        machine = architecture.machine
        if self.ram_file:
            self.memory = Memory(self.memory_size)
            arguments += ["-object", f"memory-backend-file,id=ram,size={self.memory_size}M,"
                          f"mem-path={self.memory.path},share=on"]
            machine += ",memory-backend=ram"
        arguments += ["-machine", machine] + self._disks() + self._shares()
        if self.icount:
            # An HPET's ticks are what an idle machine spends most of its time on, so that hours would take minutes.
            arguments += ["-machine", "hpet=off"]
            arguments += ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01,clock=vm"]
        if self.tpm_state:
            self.tpm = TPM(self.tpm_state, self.folder)
            arguments += self.tpm.arguments()
        return arguments + self._kernel() + self.extra

    def boot(self, timeout=None, resumes=False):
        """Starts the machine; returns when it is ready for commands. RESUMES: it goes on from an
        image, in the middle of what it did; returns at once."""
        limit = timeout or PATIENCE
        for attempt in range(BOOTS):
            try:
                self._switch_on(limit, resumes)
                break
            except QemuAborted as error:
                if attempt == BOOTS - 1:
                    raise
                print(f"vm: {error.args[0].splitlines()[0]}; booting again", file=sys.stderr)
        if resumes or not self.start:
            return self
        try:
            result = self.run(START, timeout=limit)
            if result.status:
                raise VMError(f"modprobe keybag failed:\n{result.output}{self.console.excerpt()}")
            self.start_output = result.output
        except BaseException:
            self._end()
            raise
        return self

    def _switch_on(self, limit, resumes):
        """Starts QEMU; returns when the agent in the guest answers."""
        self.stopping = False
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keybag-vm-"))
        self.channel, self.qmp = Channel(self._check), QMP()
        try:
            arguments = self._arguments()
            self.console_log.parent.mkdir(parents=True, exist_ok=True)
            remove_old(CACHE / "consoles", "*.log", keep=20)
            with open(self.folder / "qemu.log", "wb") as errors:
                self.process = subprocess.Popen(
                    arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                    pass_fds=(self.channel.theirs.fileno(), self.qmp.theirs.fileno()), start_new_session=True)
            self.channel.started()
            self.console = Console(self.process.stdout, self.console_log, self._fault, self.allow)
            threading.Thread(target=self._watch, args=(self.process, self.channel), daemon=True).start()
            try:
                self.qmp.started()
            except (VMError, OSError):
                self.process.wait(PATIENCE)
                self._check()
                raise
            if resumes:
                return
            try:
                self.channel.wait(lambda: self.channel.ready, limit, "for the machine to boot")
            except TimeoutError as error:
                raise VMError(f"{error}; console:\n{self.console.excerpt()}") from None
        except BaseException:
            self._end()
            raise

    def _watch(self, process, channel):
        process.wait()
        channel.wake()

    def _fault(self):
        """From the console's thread: leaves the kernel a moment to finish its report."""
        def stop(process):
            time.sleep(2)
            if process.poll() is None:
                process.kill()
        threading.Thread(target=stop, args=(self.process,), daemon=True).start()

    def _check(self):
        """Raises when the machine cannot answer any more."""
        if self.process is None or self.process.poll() is None or self.stopping:
            return False
        self.console.thread.join(60)
        if self.console.fault:
            raise VMFault(f"the guest's kernel complained:\n{self.console.excerpt()}\n(all of it: {self.console_log})")
        errors = (self.folder / "qemu.log").read_text(errors="replace") if self.folder else ""
        kind = QemuAborted if self.process.returncode == -signal.SIGABRT else VMFault
        raise kind(f"the machine stopped by itself (QEMU status {self.process.returncode}) {errors}\n"
                      f"{self.console.excerpt()}")

    # -- commands ------------------------------------------------------------

    def command(self, text, terminal=False, sink=None):
        """Starts a shell command as root; a channel.Command. Any number can run."""
        return self.channel.start(text, terminal, sink)

    def run(self, text, timeout=PATIENCE, input=None):
        """Runs a shell command as root: status, output = vm.run("…"). Its standard input is
        INPUT, or empty."""
        command = self.command(text)
        if input is not None:
            command.send(input)
        command.end_input()
        return command.wait(timeout)

    def send_console(self, text):
        """Types TEXT on the serial console."""
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def registers(self):
        """The contents of the CPUs' registers, as text; vector registers included. Stop it first."""
        return self.qmp("human-monitor-command", command_line="info registers -a")

    # -- the end -------------------------------------------------------------

    def verdict(self):
        """Asks the running kernel whether anything has gone wrong; raises VMFault."""
        if self.kernel.debug:
            leaks = self.run("f=/sys/kernel/debug/kmemleak; [ -e $f ] || exit 0; "
                             "echo scan >$f && sleep 6 && echo scan >$f && cat $f")
            if leaks.output:
                raise VMFault(f"kmemleak: {leaks.output}")
            locks = self.run("grep -s '^ *debug_locks:  *0' /proc/lockdep_stats")
            if locks.output:
                raise VMFault("lockdep turned itself off: an earlier complaint\n" + self.console.excerpt())
        self.taint()
        if self.console.fault:
            self.process.wait(PATIENCE)
            self._check()

    def taint(self):
        """Raises VMFault if the kernel has marked itself as damaged."""
        taint = int(self.run("cat /proc/sys/kernel/tainted").output or "-1")
        if taint & ~TAINT_ALLOWED:
            raise VMFault(f"the kernel is tainted: {taint} (allowed: bits of {TAINT_ALLOWED})\n"
                          + self.console.excerpt())

    def processor_seconds(self):
        """The cost of the machine to its host so far."""
        try:
            fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        except (OSError, AttributeError):
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def shutdown(self, timeout=PATIENCE):
        """Powers off in an orderly way, so that the disk has everything."""
        self.stopping = True
        self.channel.power_off()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise VMError(f"no power-off within {timeout} s:\n{self.console.excerpt()}") from None
        finally:
            self._end()

    def kill(self):
        """The plug pulled: kill -9."""
        self.stopping = True
        self.process.send_signal(signal.SIGKILL)
        self._end()

    def reboot(self):
        """Power off and boot again."""
        self.shutdown()
        return self.boot()

    def close(self, check=True):
        """Ends the machine: orderly with a disk, at once without. With CHECK, a complaint of
        the kernel raises VMFault."""
        if self.process is None:
            return
        try:
            if check and self.process.poll() is None:
                self.verdict()
            if self.process.poll() is None and self.disk:
                self.shutdown()
        finally:
            fault = self.console.fault if self.console else None
            self.stopping = True
            self._end()
        if check and fault and not self.allow_exit:
            raise VMFault(f"the guest's kernel complained:\n{self.console.excerpt()}")

    def _end(self):
        if self.process:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            self.console.thread.join(60)
            self.process.stdin.close()
            self.process.stdout.close()
        self.process = None
        for part in (self.channel, self.qmp, self.tpm, self.memory):
            if part:
                part.close()
        self.tpm = self.memory = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def __enter__(self):
        return self if self.process else self.boot()

    def __exit__(self, kind, value, trace):
        self.close(check=kind is None)
