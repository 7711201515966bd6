"""What S3 refuses and what breaks on the way to it, in words for the function's owner."""

from ._errors import LambdaSlimError
from ._s3_answers import CREDENTIALS, ELSEWHERE, LATER, may_pass, partition_of, status_of


def explain(error, source, attempts):
    """The LambdaSlimError for the last of so many attempts."""
    code, status, sentence = status_of(error)
    if status:
        return LambdaSlimError(_refused(code, status, sentence, source, attempts))
    exceptions = source.borrowed.exceptions
    said = "%s: %s" % (type(error).__name__, error)
    if isinstance(error, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
        return LambdaSlimError(
            "There are no AWS credentials to read %s with (%s). Lambda gives a function its execution role's in AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN: do not unset or replace them." % (source.name, error)
        )
    if isinstance(error, exceptions.CredentialRetrievalError):
        return LambdaSlimError("The credentials to read %s with cannot be had (%s)." % (source.name, error))
    if isinstance(error, exceptions.NoRegionError):
        return LambdaSlimError("The Region of %s is not known. Set AWS_REGION, as Lambda does." % source.name)
    if isinstance(error, (exceptions.SSLError, exceptions.ProxyConnectionError)):
        return LambdaSlimError(
            "S3 cannot be reached safely for %s (%s). Check HTTPS_PROXY, AWS_CA_BUNDLE and AWS_ENDPOINT_URL_S3." % (source.name, said)
        )
    if isinstance(error, exceptions.ConnectionError):
        return LambdaSlimError(
            "S3 cannot be reached for %s, tried %d times (%s). A function in a VPC needs a gateway endpoint for S3 in the "
            "route table of its subnets (or a NAT gateway), and a security group that lets HTTPS out." % (source.name, attempts, said)
        )
    if may_pass(error, exceptions):
        return LambdaSlimError(
            "%s cannot be read: its transfer broke %d times, the last time with %s. Start the function again; if that "
            "does not help, look at its network: VPC endpoint, proxy, firewall." % (source.name, attempts, said)
        )
    return LambdaSlimError("%s cannot be read: %s" % (source.name, said))


def _refused(code, status, sentence, source, attempts):
    said = "%s, HTTP %d" % (code, status) if code and code != str(status) else "HTTP %d" % status
    region = source.region or "unknown"
    if code in CREDENTIALS:
        return (
            "S3 does not take the function's credentials for %s (%s: %s). Lambda gives a function its execution role's: do "
            "not replace AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN." % (source.name, said, sentence)
        )
    if code in ELSEWHERE or status in (301, 307):
        return (
            "The bucket of %s is not in the Region %s (%s). Build with --upload to a bucket in the function's Region, or "
            "copy the payload there and set LAMBDA_SLIM_PAYLOAD=s3://BUCKET/PREFIX." % (source.name, region, said)
        )
    if status == 403 and code == "InvalidObjectState":
        return "%s is in an archive tier (%s). Restore it, and keep it out of Glacier." % (source.name, said)
    if status == 403:
        return _denied(said, sentence, source)
    if code == "NoSuchBucket":
        return (
            "The bucket %s is not there (%s), and so %s is not. Create it and upload the payload, or set "
            "LAMBDA_SLIM_PAYLOAD=s3://BUCKET/PREFIX to where it lies." % (source.bucket, said, source.name)
        )
    if status == 404:
        return (
            "The payload %s is not there (%s). Upload the payload of this very build under that name (lambda-slim build "
            "--upload s3://%s does), and let no lifecycle rule remove it." % (source.name, said, source.bucket)
        )
    if status == 416:
        return str(wrong_size(source.name, None, source.size))
    if code in LATER or status == 429 or status >= 500:
        return (
            "S3 does not give out %s now: %s, tried %d times. Start the function again; if it goes on, fewer environments "
            "must start at once." % (source.name, said, attempts)
        )
    return "S3 refuses %s (%s): %s" % (source.name, said, sentence)


def _denied(said, sentence, source):
    arn = "%s:s3:::%s/%s" % (partition_of(source.region), source.bucket, source.key)
    if "kms" in sentence.lower():
        return (
            "The function may not decrypt %s (%s: %s). Allow its execution role the action kms:Decrypt on the key of the "
            "bucket, as well as s3:GetObject on %s." % (source.name, said, sentence, arn)
        )
    return (
        "The function may not read %s (%s). Allow its execution role the action s3:GetObject on %s; the policy of the bucket "
        "or of a VPC endpoint may refuse it, too. Without s3:ListBucket S3 also answers so when the object is not there."
        % (source.name, said, arn)
    )


def wrong_size(name, actual, wanted):
    """`actual`: None when it is only known to be smaller."""
    size = "fewer" if actual is None else "%d" % actual
    return LambdaSlimError(
        "%s is not this build's payload: it has %s bytes, and the index says %d. Upload the payload of this very build "
        "under that name." % (name, size, wanted)
    )
