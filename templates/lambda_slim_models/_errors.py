"""What goes wrong with a model, in words for the function's owner."""


class LambdaSlimError(Exception):
    """A model cannot be had. The text names the object, the cause and what to do."""

    # Lambda's log and the traceback show the short name.
    __module__ = "lambda_slim_models"


class Changed(LambdaSlimError):
    """The object was replaced while it was read: what came belongs to two versions."""

    __module__ = "lambda_slim_models"


class Missing(LambdaSlimError):
    """There is no such object."""

    __module__ = "lambda_slim_models"


class NoRoom(LambdaSlimError):
    """It is more than the memory or /tmp that models may take."""

    __module__ = "lambda_slim_models"
