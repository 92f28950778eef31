# SPDX-License-Identifier: GPL-2.0-or-later
"""A greeter of greetd that logs one user in, after a wrong password, and does nothing when it is started again.

    greeter.py STATE_FILE USER PASSWORD COMMAND"""

import json
import os
import socket
import struct
import sys
import time

state, user, password, command = sys.argv[1:]
if os.path.exists(state):
    time.sleep(600)
greetd = socket.socket(socket.AF_UNIX)
greetd.connect(os.environ["GREETD_SOCK"])


def ask(**request):
    data = json.dumps(request).encode()
    greetd.sendall(struct.pack("=I", len(data)) + data)
    length, = struct.unpack("=I", greetd.recv(4, socket.MSG_WAITALL))
    return json.loads(greetd.recv(length, socket.MSG_WAITALL))


def log_in(secret):
    answer = ask(type="create_session", username=user)
    while answer["type"] == "auth_message":
        hidden = answer["auth_message_type"] == "secret"
        answer = ask(type="post_auth_message_response", response=secret if hidden else None)
    return answer


with open(state, "w", encoding="utf-8") as out:
    print(log_in("wrong"), file=out)
    ask(type="cancel_session")
    print(log_in(password), file=out)
    print(ask(type="start_session", cmd=[command], env=[]), file=out)
