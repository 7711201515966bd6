"""A shell at a real terminal: type lines, and print what it showed after each.

shell.py SHELL SCRIPT LINE [UNTIL LINE UNTIL ...]: sources SCRIPT, then types each LINE and waits until UNTIL was shown. A JSON
list of what was shown; a line that never showed it is null. Whatever stands on the line is taken away before the next.
"""

import json
import os
import pty
import select
import sys
import time

STARTS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
FIRST = {"zsh": "autoload -U compinit; compinit -u -D; "}
SECONDS = 30


def main(shell, script, *rest):
    child, terminal = pty.fork()
    if child == 0:
        env = {"PATH": os.environ["PATH"], "HOME": os.getcwd(), "TERM": "dumb", "PS1": "$ "}
        os.execvpe(STARTS[shell][0], STARTS[shell], env)

    def shown(text, until):
        os.write(terminal, text.encode())
        seen, end = "", time.monotonic() + SECONDS
        while until not in seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([terminal], [], [], left)[0]:
                return None
            try:
                seen += os.read(terminal, 65536).decode(errors="replace")
            except OSError:
                return None
        return seen

    # The shell echoes what is typed, so the word that is waited for is put together when it runs.
    answers = [shown(f"{FIRST.get(shell, '')}source '{script}'; echo rea''dy\n", "ready")]
    answers += [shown("\x15" + line, until) for line, until in zip(rest[::2], rest[1::2])]
    os.close(terminal)
    print(json.dumps(answers))


main(*sys.argv[1:])
