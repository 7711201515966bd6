"""An example function, made by `lambda-slim init`: put your own in its place."""

from importlib.metadata import distributions


def handler(event, context):
    """Answer with the packages that the function finds in Lambda, and their versions."""
    return {one.metadata["Name"]: one.version for one in distributions()}
