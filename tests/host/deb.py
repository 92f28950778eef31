#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long paths=helper/packaging/,helper/units/,helper/keychain/units/,helper/secretservice/keybag-,helper/secretservice/build.mk,helper/agent/,helper/sshagent/keybag-,helper/sshagent/build.mk,helper/keychain/pkcs11/build.mk,helper/keychain/pkcs11/keychain.module,Makefile,kmod/Kbuild,docs/man/,tests/host/deb
"""The Debian packages: installed, upgraded, taken back (refused), removed, purged.

First in a clean root folder, where DKMS builds the module for the kernel that the machine will boot; then, with
that module, in a machine with systemd, where keybags are in use all the while.

At landing: guest/units.sh and unit/, for what is installed; this one too when one of its paths has changed."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS), str(HERE)]

from deb_root import Root  # noqa: E402
from lib import tap  # noqa: E402
from vm import VM  # noqa: E402
from vm.kernel import Kernel  # noqa: E402
from vm.paths import BUILD, OUTPUT, ROOT  # noqa: E402

TOP = TESTS.parent
OLD, NEW = "0.1", "9.1"
BAG = "/var/lib/keybag/bags/74cd4348-e5f8-43f5-9539-a726d32a5808.keybag"
# All there is but dpkg's own notes: names, modes, sizes; of our files and the module what is in them, too.
TREE = r"""find / -xdev \( -path /proc -o -path /dev -o -path /run -o -path /tmp -o -path /var/lib/dpkg -o -path /var/log
	-o -path /var/cache -o -path /debs \) -prune -o -printf '%p %y %m %s\n' | sort;
	dpkg -V keybag keybag-dkms libkeybag1 libkeybag-dev libpam-keybag;
	find /var/lib/keybag /etc/keybag /etc/pam.d /lib/modules/*/updates -type f -exec sha256sum {} +""".replace("\n", " ")

kernel = Kernel(os.environ.get("KERNEL", "6.1"))
folder = pathlib.Path(tempfile.mkdtemp(prefix="keybag-deb-", dir=OUTPUT if ROOT else "/var/tmp"))
root = vm = None


def clean_up():
    if vm:
        vm.close(check=False)
    if root:
        root.remove()
    shutil.rmtree(folder, ignore_errors=True)


def installed(command, status=0, **environment):
    """Output of a command in the clean root."""
    if not root:
        tap.skip("no clean root")
    got, output = root.run(command, **environment)
    tap.equal((got, output if got != status else ""), (status, ""), command)
    return output


def must(command, status=0, text=None):
    """Output of a command in the machine."""
    if not vm:
        tap.skip("no machine")
    result = vm.run(command, input=text)
    tap.equal((result.status, result.output if result.status != status else ""), (status, ""), command)
    return result.output


def packages(version):
    return sorted((folder / version).glob("*.deb"))


def build(version):
    # In Debian 13's root folder what is OUTPUT here is build/.
    made, inside = (BUILD / folder.name / "made", [TOP / "tests/lib/in-debian13"]) if ROOT else (folder / "made", [])
    done = subprocess.run([*inside, TOP / "helper/packaging/build-deb", made, version], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    tap.equal((done.returncode, done.stdout if done.returncode else ""), (0, ""), "build-deb")
    (folder / version).mkdir()
    for package in (folder / "made").glob("*.deb"):
        package.rename(folder / version / package.name)


def test_build():
    """make deb makes the packages"""
    if os.geteuid():
        # Nothing below has what it needs, and says so in the same way.
        tap.skip("takes root")
    build(OLD)
    names = {path.name.split("_")[0] for path in packages(OLD)}
    tap.ok({"keybag", "keybag-dkms", "libkeybag1", "libkeybag-dev", "libpam-keybag"} <= names, names)
    build(NEW)


def test_install():
    """a clean machine takes them, and DKMS builds the module for its kernel"""
    global root
    if not packages(OLD):
        tap.skip("no packages")
    root = Root(folder, kernel)
    root.put(packages(OLD), "debs/old")
    root.put(packages(NEW), "debs/new")
    tap.contains(installed("dpkg -i /debs/old/*.deb"), "until 'keychainctl import-secrets' has brought them over")
    info = installed(f"modinfo -k {kernel.version} keybag")
    tap.contains(info, f"version:        {OLD}\n")
    tap.contains(info, f"vermagic:       {kernel.version} ")
    tap.contains(info, "signer:         DKMS module signing key")
    installed(f"grep -q ^updates/dkms/keybag.ko: /lib/modules/{kernel.version}/modules.dep")


def test_installed_parts():
    """units, rules, settings, manual pages and completion are in place"""
    for place in ("/usr/lib/udev/rules.d/60-keybag.rules", "/usr/lib/modules-load.d/keybag.conf", "/etc/keybag/keybagd.conf",
                  "/usr/lib/tmpfiles.d/keybag.conf", "/etc/request-key.d/keybag.conf", "/usr/libexec/keybag/request-key", "/usr/libexec/keybag/keybag-tpm", "/usr/libexec/keybag/keybag-organisation",
                  "/usr/share/man/man1/keybagctl.1.gz", "/usr/share/man/man8/pam_keybag.8.gz",
                  "/usr/share/man/man3/libkeybag.3.gz", "/usr/share/man/man7/keychain-requests.7.gz",
                  "/usr/share/bash-completion/completions/keybagctl",
                  "/usr/share/zsh/vendor-completions/_keybagctl",
                  "/usr/share/fish/vendor_completions.d/keybagctl.fish",
                  "/etc/systemd/system/sockets.target.wants/keybagd.socket",
                  "/etc/systemd/system/sockets.target.wants/keychain-credentials.socket",
                  "/etc/systemd/system/multi-user.target.wants/keybagd.service",
                  "/etc/systemd/system/multi-user.target.wants/keybag-module.path",
                  "/etc/systemd/user/graphical-session.target.wants/keybag-agent.service",
                  "/etc/systemd/system/sockets.target.wants/keychaind.socket",
                  "/usr/sbin/keychaind", "/usr/bin/keychainctl", "/usr/bin/git-credential-keychain", "/usr/bin/docker-credential-keychain",
                  "/usr/libexec/keychain-credentials", "/usr/libexec/keychain-ios-backup", "/usr/share/keychain/entitlements.d/keychain-credentials.conf",
                  "/usr/lib/sysusers.d/keychain.conf", "/usr/lib/tmpfiles.d/keychain.conf", "/usr/share/man/man8/keychaind.8.gz",
                  "/usr/share/bash-completion/completions/keychainctl",
                  "/usr/lib/sysusers.d/keybag-secret-service.conf",
                  "/usr/lib/systemd/user/keybag-secret-service.service", "/usr/libexec/keybag-secret-service-portals",
                  "/usr/share/keychain/secret-service.conf", "/etc/X11/Xsession.d/61keybag-secret-service",
                  "/usr/lib/systemd/user-generators/keybag-secret-service-generator",
                  "/usr/libexec/keybag-secret-service-transfer",
                  "/usr/lib/systemd/user-generators/keybag-ssh-agent-generator",
                  "/usr/lib/systemd/user/keybag-ssh-agent.socket", "/usr/libexec/keybag-ssh-agent-helper",
                  "/usr/share/keychain/entitlements.d/keybag-ssh-agent.conf", "/etc/profile.d/keybag-ssh-agent.sh",
                  "/usr/share/keychain/entitlements.d/keybag-secret-service.conf",
                  "/usr/share/p11-kit/modules/keychain.module", "/usr/lib/*/pkcs11/keychain-pkcs11.so"):
        installed(f"test -e {place}")
    # By these names, not compressed: manual pages and messages have them.
    for page in ("README", "programs", "sealed-file", "troubleshooting"):
        installed(f"dpkg -L keybag | grep -qx /usr/share/doc/keybag/{page}.md")
    tap.equal(installed("stat -c '%a %U %G' /usr/libexec/keybag-secret-service"), "2755 root _secretservice\n", "the Secret Service")
    tap.equal(installed("stat -c '%a %U %G' /usr/libexec/keybag-ssh-agent"), "2755 root _sshagent\n", "the SSH agent")
    installed("pkg-config --version >/dev/null 2>&1 || test -e /usr/lib/*/pkgconfig/libkeybag.pc")
    completed = installed("""bash -c '. /usr/share/bash-completion/completions/keybagctl
        COMP_WORDS=(keybagctl unlock --r) COMP_CWORD=2; _keybagctl; echo "${COMPREPLY[*]}"'""")
    tap.equal(completed, "--recovery --reason\n")


def test_profile():
    """the PAM profile is enabled, behind the module that verifies the password"""
    for kind in ("auth", "session", "password"):
        installed(f"grep -q pam_keybag.so /etc/pam.d/common-{kind}")
    findings = installed("keybagctl doctor", status=1)
    tap.contains(findings, "ok       pam ")
    tap.ok("pam-order" not in findings, findings)


def test_upgrade():
    """an upgrade keeps keybags, device key and settings, and replaces the module"""
    installed(f"mkdir -p /var/lib/keybag/bags && chmod 700 /var/lib/keybag && echo sealed >{BAG} && chmod 600 {BAG}")
    installed("echo 'kdf-passes = 4' >>/etc/keybag/keybagd.conf; echo key >/etc/keybag/device.key")
    before = installed(f"sha256sum {BAG} /etc/keybag/*")
    # An administrator does without the one; the other has its group as soon as it is there.
    installed("dpkg-statoverride --remove /usr/libexec/keybag-secret-service && "
              "dpkg-statoverride --update --add root root 0755 /usr/libexec/keybag-secret-service")
    installed("dpkg --unpack --force-depends /debs/new/keybag-ssh-agent_*.deb")
    tap.equal(installed("stat -c '%a %G' /usr/libexec/keybag-ssh-agent"), "2755 _sshagent\n", "unpacked")
    installed("dpkg -i /debs/new/*.deb")
    tap.equal(installed("stat -c '%a %G' /usr/libexec/keybag-s*t-service /usr/libexec/keybag-ssh-agent"), "755 root\n2755 _sshagent\n",
              "installed")
    tap.equal(installed("grep -ls keybag-s /usr/lib/tmpfiles.d/*; true"), "", "what would undo it at the next start")
    tap.equal(installed(f"sha256sum {BAG} /etc/keybag/*"), before, "keybag, device key, settings")
    tap.contains(installed(f"modinfo -k {kernel.version} keybag"), f"version:        {NEW}\n")
    tap.contains(installed("dkms status"), f"keybag/{NEW}")
    tap.ok(f"keybag/{OLD}" not in installed("dkms status"), "the old module is gone")


def test_downgrade():
    """an older version is refused, and nothing is written"""
    before = installed(TREE)
    versions = installed("dpkg-query -W '*keybag*'")
    output = installed("dpkg -i /debs/old/*.deb", status=1)
    for name in ("keybag", "keybag-dkms", "libkeybag1", "libkeybag-dev", "libpam-keybag"):
        tap.contains(output, f"{name}: version {NEW} is installed, and {OLD} is older: refused, nothing was changed.")
    tap.equal(sorted(set(installed(TREE).splitlines()) ^ set(before.splitlines())), [], "written")
    tap.contains(installed(f"modinfo -k {kernel.version} keybag"), f"version:        {NEW}\n")
    tap.equal(installed("dpkg-query -W '*keybag*'"), versions, "versions")


def machine():
    """A machine with systemd and the module that DKMS has built, without the project."""
    global vm
    if vm:
        return
    if not root:
        tap.skip("no clean root")
    stage = folder / "stage"
    module = next(root.path.glob(f"usr/lib/modules/{kernel.version}/updates/dkms/keybag.ko*"))
    place = stage / f"lib/modules/{kernel.version}/updates/dkms"
    place.mkdir(parents=True)
    shutil.copy(module, place)
    share = folder / "share"
    for version in (OLD, NEW):
        (share / version).mkdir(parents=True)
        for name in ("keybag", "libkeybag1", "libpam-keybag"):
            shutil.copy(next((folder / version).glob(f"{name}_*.deb")), share / version)
    vm = VM(kernel=kernel, systemd=True, stage=stage, share=share, start=False).boot()
    must("useradd -m alice && usermod -p \"$(openssl passwd -1 alice-password)\" alice")


def keybagctl(words, *lines, status=0):
    return must(f"runuser -u alice -- keybagctl {words}", status, "".join(f"{line}\n" for line in lines))


def test_machine_install():
    """in a machine: installed before its module is built, it works as soon as that is there"""
    machine()
    place = f"/lib/modules/{kernel.version}/updates/dkms"
    aside = must("mktemp -d").strip()
    must(f"mv {place} {aside} && depmod && ! modprobe keybag")
    must(f"DEBIAN_FRONTEND=noninteractive dpkg -i /mnt/share/{OLD}/*.deb")
    must("systemctl is-active keybagd.socket keybagd.service")
    create = "create --kdf-memory 64 --kdf-passes 1"
    tap.contains(keybagctl(create, "alice-password", status=10), "the kernel module is not loaded", "without it")
    # DKMS would put the module in its place; the rest is the packages' own.
    must(f"mv {aside}/dkms {place} && depmod")
    must(f"timeout 600 sh -c 'until echo alice-password | runuser -u alice -- keybagctl {create}; do sleep 0.5; done'")
    must("udevadm settle; test \"$(stat -c %a /dev/keybag)\" = 666")
    must("systemctl is-active keybagd.socket keybagd.service")
    must("echo secret | runuser -u alice -- keybagctl wrap --class ak >/home/alice/sealed")
    must("echo other | runuser -u alice -- keybagctl wrap --class ck >/home/alice/sealed.ck")
    must("keybagctl lock --user alice")
    must("pamtester login alice authenticate acct_mgmt setcred open_session close_session", text="alice-password\n")
    # By the journal: with the end of the session the keybag is locked again.
    must("journalctl --sync; journalctl -u keybagd.service | grep 'state=\"unlocked\" reason=login'")
    # The module is the one of the upgraded root.
    tap.contains(must("keybagctl doctor", status=11), f"updates/dkms/keybag.ko is version {NEW}, keybagctl version {OLD}")


def test_machine_upgrade():
    """upgraded while keybags are in use: they stay loaded"""
    before = must("systemctl show -P MainPID keybagd.service")
    must(f"DEBIAN_FRONTEND=noninteractive dpkg -i /mnt/share/{NEW}/*.deb")
    tap.ok(must("systemctl show -P MainPID keybagd.service") != before, "keybagd was restarted")
    # Its session has ended and locked it; first unlock it was, and stays.
    tap.equal(must("runuser -u alice -- keybagctl unwrap </home/alice/sealed.ck"), "other\n", "still loaded")
    tap.contains(must("keybagctl --version"), NEW)
    result = vm.run(f"DEBIAN_FRONTEND=noninteractive dpkg -i /mnt/share/{OLD}/*.deb")
    tap.equal(result.status, 1, "downgrade")
    must("systemctl is-active keybagd.service")
    tap.contains(must("keybagctl --version"), NEW)


def test_machine_remove():
    """removed: daemon and profile are gone, keybags are not; installed again, they open"""
    before = must("sha256sum /var/lib/keybag/bags/*.keybag /etc/keybag/device.key")
    must("DEBIAN_FRONTEND=noninteractive dpkg -r libpam-keybag keybag libkeybag1")
    must("! systemctl is-active keybagd.service keybagd.socket")
    must("journalctl --sync; journalctl -u keybagd.service | grep reason=evict")
    tap.equal(must("grep -rs pam_keybag /etc/pam.d; true"), "", "profile")
    must("! command -v keybagctl keybagd")
    must("pamtester login alice authenticate acct_mgmt", text="alice-password\n")
    output = must("DEBIAN_FRONTEND=noninteractive dpkg -P keybag")
    tap.contains(output, "keybag: 1 keybag(s), ")
    tap.contains(output, "in /var/lib/keybag, and the device key in /etc/keybag stay")
    tap.equal(must("sha256sum /var/lib/keybag/bags/*.keybag /etc/keybag/device.key"), before, "keybags, device key")
    # A restart of the machine as far as the module goes.
    must("echo 1 >/sys/module/keybag/parameters/removable && rmmod keybag")
    must(f"DEBIAN_FRONTEND=noninteractive dpkg -i /mnt/share/{NEW}/*.deb")
    keybagctl("unlock", "alice-password")
    tap.equal(must("runuser -u alice -- keybagctl unwrap </home/alice/sealed"), "secret\n", "installed again")


def test_machine_remove_stopped():
    """removed while keybagd does not run: the keys go all the same"""
    kept = must("mktemp -d").strip()
    must(f"cp $(command -v keybagctl) /usr/lib/*/libkeybag.so.? {kept}")
    doctor = f"LD_LIBRARY_PATH={kept} {kept}/keybagctl doctor"
    must("systemctl disable --now keybagd.socket keybagd.service")
    tap.contains(must(doctor, status=1), "the kernel has the device key")
    output = must("DEBIAN_FRONTEND=noninteractive dpkg -r libpam-keybag keybag libkeybag1")
    tap.ok("keys" not in output, output)
    tap.contains(must(doctor, status=1), "the kernel has no device key")
    vm.close()


def test_purge():
    """removed and purged in the clean root: nothing is left but keybags; destroyed for who says so"""
    removed = installed("dpkg -r $(dpkg-query -W -f '${Package} ' '*keybag*' '*keychain*' 2>/dev/null)")
    tap.contains(removed, "'keychainctl export-secrets' takes them to gnome-keyring")
    tap.equal(installed("dpkg-statoverride --list '/usr/libexec/keybag-*'"), "root root 755 /usr/libexec/keybag-secret-service\n",
              "what dpkg notes of modes: the administrator's")
    installed("! test -e /run/keybag-secret-service.removed && ! test -e /usr/libexec/keybag-secret-service-transfer")
    tap.equal(installed(f"find /lib/modules/{kernel.version} -name 'keybag*'; ls -d /usr/src/keybag-* 2>/dev/null || true"), "",
              "module and its sources")
    tap.equal(installed("grep -rs pam_keybag /etc/pam.d; true"), "", "profile")
    installed("dpkg -P keybag keybag-dkms libpam-keybag libkeybag1")
    installed(f"test -e {BAG} && test -e /etc/keybag/device.key && ! test -e /etc/keybag/keybagd.conf")
    installed("dpkg -i /debs/new/keybag_*.deb /debs/new/libkeybag1_*.deb")
    # On another disk, with something else beside them.
    name = pathlib.Path(BAG).name
    installed("mkdir /srv/bags && mv /var/lib/keybag/bags/* /srv/bags && rmdir /var/lib/keybag/bags && "
              "ln -s /srv/bags /var/lib/keybag/bags && touch /srv/bags/notes")
    installed(f"test -e /srv/bags/{name}")
    installed("echo keybag keybag/purge-keybags boolean true | debconf-set-selections; dpkg -P keybag")
    installed("! test -e /var/lib/keybag && ! test -e /etc/keybag")
    tap.equal(installed("ls /srv/bags"), "notes\n", "keybags on another disk, and what lay beside them")


tap.main(teardown=clean_up)
