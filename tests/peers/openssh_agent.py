#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The stand-in that OpenSSH's tests start as ssh-agent: it takes the options that they give, and starts our agent with a socket, as the service
manager does. Each start begins without keys, as one of ssh-agent does: those that are kept in the keychain are deleted.

  openssh_agent.py [-P PATTERN] [-s] [-d] [-a SOCKET] [COMMAND…]
  openssh_agent.py -k
"""

import getopt
import os
import signal
import socket
import subprocess
import sys
import tempfile

AGENT = "/usr/libexec/keybag-ssh-agent"


def forget_kept():
    subprocess.run(["keychainctl", "delete", "--service", "ssh-agent", "--all", "--yes"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)


def start(path, folder):
    """Our agent at that socket, with a runtime folder of its own: what is hidden in one is there in another."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o600)
    listener.listen(128)
    environment = {**os.environ, "LISTEN_FDS": "1", "XDG_RUNTIME_DIR": folder}
    return subprocess.Popen(["/bin/sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh", AGENT], env=environment, pass_fds=(3,),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(f"{folder}/log", "wb"),
                            preexec_fn=lambda: os.dup2(listener.fileno(), 3), start_new_session=True)


def main():
    options, command = getopt.getopt(sys.argv[1:], "P:sda:k")
    options = dict(options)
    if "-k" in options:
        os.kill(int(os.environ["SSH_AGENT_PID"]), signal.SIGTERM)
        print("unset SSH_AUTH_SOCK;\nunset SSH_AGENT_PID;")
        return 0
    forget_kept()
    folder = tempfile.mkdtemp(prefix="ssh-")
    path = options.get("-a", f"{folder}/agent")
    agent = start(path, folder)
    if command:
        status = subprocess.run(command, env={**os.environ, "SSH_AUTH_SOCK": path, "SSH_AGENT_PID": str(agent.pid)}, check=False).returncode
        agent.terminate()
        agent.wait()
        return status
    if "-d" in options:
        signal.signal(signal.SIGTERM, lambda *_: agent.terminate())
        return agent.wait()
    print(f"SSH_AUTH_SOCK={path}; export SSH_AUTH_SOCK;\nSSH_AGENT_PID={agent.pid}; export SSH_AGENT_PID;")
    return 0


sys.exit(main())
