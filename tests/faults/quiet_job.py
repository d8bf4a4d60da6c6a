"""The whole job with every socket call counted and made to fail. Prints how many were tried."""

from __future__ import annotations

import json
import sys
from pathlib import Path

tried: list[str] = []


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Python's own audit events: nothing that goes through Python gets round them."""
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "ssl.")):
        tried.append(f"{event} {arguments!r}")
        raise OSError("the network is cut off")
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        tried.append(f"{event} {arguments!r}")


def sockets_of_the_process() -> list[str]:
    """Sockets that libraries opened past Python."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return []
    return [
        link
        for path in folder.iterdir()
        if (link := str(path.readlink() if path.is_symlink() else "")).startswith("socket:")
    ]


def main(arguments: list[str]) -> None:
    before = sockets_of_the_process()
    sys.addaudithook(watch)
    from portrait_addon.command_line import main as command

    status = command(arguments)
    opened = [link for link in sockets_of_the_process() if link not in before]
    print(json.dumps({"status": status, "tried": tried, "opened": opened}))


if __name__ == "__main__":
    main(sys.argv[1:])
