# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine's serial console: logged, and watched for the kernel's complaints."""

import re
import threading

# Only in lines of the kernel, which begin with its time stamp: programs of the
# guest may print what they like.
FAULT = re.compile(
    r"\[ *\d+\.\d+\](\[[^]]*\])? .*?(Kernel panic|\bBUG:|\bBUG |(?<!RETBleed: )(?<!Spectre V2 : )WARNING:|Oops|UBSAN:|KASAN|KCSAN"
    r"|general protection|possible (circular|recursive)|inconsistent lock state|lock held when returning"
    r"|suspicious RCU|sleeping function|scheduling while atomic|unreferenced object|suspected memory leaks"
    r"|INFO: .*(stall|hung|suspicious|inconsistent)|blocked for more than|soft lockup|hard LOCKUP"
    r"|list_(add|del) corruption|refcount_t:|ODEBUG|DEBUG_LOCKS_WARN|[Bb]ad page|use-after-free"
    r"|unable to handle|stack-protector|usercopy:|lockdep is turned off)")

EXCERPT_LINES = 60


class Console:
    """Reads STREAM to its end in a thread of its own, writing it to the file LOG.

    fault is the first complaint, or None; on_fault() is called once, from that thread.
    Lines that match one of ALLOW are no complaints."""

    def __init__(self, stream, log, on_fault, allow=()):
        self.stream = stream
        self.log = open(log, "wb")
        self.path = log
        self.allow = [re.compile(pattern) for pattern in allow]
        self.on_fault = on_fault
        self.fault = None
        self.lines = []
        self.changed = threading.Condition()
        self.partial = ""
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while True:
            data = self.stream.read1(65536)
            if not data:
                break
            self.log.write(data)
            self.log.flush()
            with self.changed:
                text = self.partial + data.decode(errors="replace")
                *lines, self.partial = text.split("\n")
                for line in lines:
                    self._line(line.rstrip("\r"))
                self.changed.notify_all()
        with self.changed:
            if self.partial:
                self._line(self.partial)
            self.changed.notify_all()
        self.log.close()

    def _line(self, line):
        self.lines.append(line)
        if self.fault is None and FAULT.search(line) and \
                not any(pattern.search(line) for pattern in self.allow):
            self.fault = line
            self.on_fault()

    def text(self):
        """All of it so far."""
        with self.changed:
            return "\n".join(self.lines + [self.partial])

    def wait_for(self, pattern, timeout=600, start=0):
        """Waits for text that matches PATTERN at or after character START; the match, or None."""
        compiled = re.compile(pattern)
        with self.changed:
            found = self.changed.wait_for(
                lambda: compiled.search("\n".join(self.lines + [self.partial]), start)
                or not self.thread.is_alive(), timeout)
        return found if isinstance(found, re.Match) else None

    def excerpt(self):
        """The lines around the complaint, or the last ones."""
        with self.changed:
            lines = self.lines + [self.partial]
        if self.fault is not None:
            first = max(0, lines.index(self.fault) - 3)
            return "\n".join(lines[first:first + EXCERPT_LINES])
        return "\n".join(lines[-15:])
