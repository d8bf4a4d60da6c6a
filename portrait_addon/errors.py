# SPDX-License-Identifier: GPL-3.0-or-later
"""The one kind of error that a person can mend."""


class InputError(Exception):
    """What the user gave cannot be used.

    Its text is one line that names the file, the reason and what to do next; it is shown as it is. Any other exception
    is a fault of ours.
    """
