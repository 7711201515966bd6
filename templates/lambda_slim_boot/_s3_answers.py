"""What S3 and the way to it answer: codes, ranges, and whether asking again may help. lambda_slim_models carries it, too."""

# Codes that say "later". Anything with a status of 500 or more does, too.
LATER = (
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
)
ELSEWHERE = (
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
    "TemporaryRedirect",
    "301",
    "307",
)
CREDENTIALS = (
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
)


class Broken(Exception):
    """An answer that is not what was asked for. Asking again may help."""


def parse_range(text):
    """`bytes 0-9/100` → (0, 9, 100)."""
    try:
        unit, _, rest = text.partition(" ")
        span, _, total = rest.partition("/")
        begin, _, end = span.partition("-")
        if unit != "bytes":
            raise ValueError(unit)
        return int(begin), int(end), int(total)
    except ValueError:
        raise Broken("the range that came is %r" % text) from None


def status_of(error):
    """(code, HTTP status, S3's own sentence) of an answer that is an error; ("", 0, "") for anything else."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return "", 0, ""
    details = response.get("Error", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return str(details.get("Code", "")), status, str(details.get("Message", ""))


def may_pass(error, exceptions):
    """Asking again may help."""
    code, status, _ = status_of(error)
    if status:
        return status >= 500 or status == 429 or code in LATER
    if isinstance(error, (exceptions.SSLError, exceptions.ProxyConnectionError)):
        return False
    passing = (exceptions.HTTPClientError, exceptions.IncompleteReadError, exceptions.ConnectionError, Broken, OSError)
    # urllib3's own exceptions, where botocore does not translate them.
    return isinstance(error, passing) or type(error).__module__.partition(".")[0] in ("urllib3", "http")


def partition_of(region):
    if region.startswith("cn-"):
        return "arn:aws-cn"
    return "arn:aws-us-gov" if region.startswith("us-gov-") else "arn:aws"
