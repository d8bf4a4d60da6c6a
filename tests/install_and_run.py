"""Install the archive as a user does, then run code: python install_and_run.py ARCHIVE CODE ARGUMENTS..."""

import importlib.util
import os
import sys
import traceback

import bpy

BUNDLED = ("cv2", "mediapipe", "scipy")


def main() -> None:
    archive, code = sys.argv[1:3]
    sys.argv[:] = ["code", *sys.argv[3:]]
    found = [name for name in BUNDLED if importlib.util.find_spec(name)]
    assert not found, f"would not come out of the archive: {found}"
    bpy.ops.extensions.package_install_files(filepath=archive, repo="user_default", enable_on_install=True)
    exec(compile(code, "code", "exec"), {"__name__": "__main__"})


status = 1
try:
    main()
    status = 0
except BaseException:
    traceback.print_exc()
finally:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # Blender's module can hang for ever while the interpreter ends
