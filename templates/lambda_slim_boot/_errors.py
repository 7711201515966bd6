"""What goes wrong, in words for the function's owner."""

import os


class LambdaSlimError(Exception):
    """The payload cannot be opened. Not an ImportError: many packages swallow those and go on without a module."""

    # Lambda's log and the traceback show the short name.
    __module__ = "lambda_slim_boot"


DEPLOY_AGAIN = "Deploy the package again as lambda-slim built it"


def damaged(what, because, remedy=DEPLOY_AGAIN):
    """`what`: the file, and the place in it. `remedy`: without a full stop."""
    return LambdaSlimError("%s is damaged: %s. %s; nothing was left in the temporary folder." % (what, because, remedy))


def from_system(error, what):
    """An OSError as our error: what was tried, and the system's own reason."""
    return LambdaSlimError("%s: %s%s" % (what, error.strerror or error, _named(error)))


def _named(error):
    return "" if error.filename is None else " (%s)" % os.fsdecode(error.filename)
