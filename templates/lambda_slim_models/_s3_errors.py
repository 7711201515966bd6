"""What S3 refuses and what breaks on the way to it, in words for the function's owner."""

from __future__ import annotations

from ._errors import LambdaSlimError
from ._s3_answers import CREDENTIALS, ELSEWHERE, LATER, may_pass, partition_of, status_of


def explain(
    error: Exception, name: str, bucket: str, key: str, region: str, exceptions: object, attempts: int
) -> LambdaSlimError:
    """The LambdaSlimError for the last of so many attempts. `exceptions`: botocore's."""
    code, status, sentence = status_of(error)
    if status:
        return LambdaSlimError(_refused(code, status, sentence, name, bucket, key, region, attempts))
    said = "%s: %s" % (type(error).__name__, error)
    if isinstance(error, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
        return LambdaSlimError(
            "There are no AWS credentials to read the model %s with (%s). Lambda gives a function its execution role's in "
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN: do not unset or replace them. On your own "
            "machine set AWS_PROFILE, or LAMBDA_SLIM_MODELS to a folder." % (name, error)
        )
    if isinstance(error, exceptions.NoRegionError):
        return LambdaSlimError("The Region of the model %s is not known. Set AWS_REGION, as Lambda does." % name)
    if isinstance(error, (exceptions.SSLError, exceptions.ProxyConnectionError)):
        return LambdaSlimError(
            "S3 cannot be reached safely for the model %s (%s). Check HTTPS_PROXY, AWS_CA_BUNDLE and AWS_ENDPOINT_URL_S3."
            % (name, said)
        )
    if isinstance(error, exceptions.ConnectionError):
        return LambdaSlimError(
            "S3 cannot be reached for the model %s, tried %d times (%s). A function in a VPC needs a gateway endpoint for S3 "
            "in the route table of its subnets (or a NAT gateway), and a security group that lets HTTPS out." % (name, attempts, said)
        )
    if may_pass(error, exceptions):
        return LambdaSlimError(
            "The model %s cannot be read: its transfer broke %d times, the last time with %s. If it goes on, look at the "
            "function's network: VPC endpoint, proxy, firewall." % (name, attempts, said)
        )
    return LambdaSlimError("The model %s cannot be read: %s" % (name, said))


def _refused(code: str, status: int, sentence: str, name: str, bucket: str, key: str, region: str, attempts: int) -> str:
    said = "%s, HTTP %d" % (code, status) if code and code != str(status) else "HTTP %d" % status
    if code in CREDENTIALS:
        return (
            "S3 does not take the function's credentials for the model %s (%s: %s). Lambda gives a function its execution "
            "role's: do not replace AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN." % (name, said, sentence)
        )
    if code in ELSEWHERE or status in (301, 307):
        return (
            "The bucket of the model %s is not in the Region %s (%s). Copy the model to a bucket in the function's Region, "
            "and name that in its url." % (name, region or "unknown", said)
        )
    if status == 403 and code == "InvalidObjectState":
        return "The model %s is in an archive tier (%s). Restore it, and keep it out of Glacier." % (name, said)
    if status == 403:
        return _denied(said, sentence, name, bucket, key, region)
    if code == "NoSuchBucket":
        return "The bucket %s is not there (%s), and so the model %s is not. Create it, or mend the url." % (bucket, said, name)
    if status == 404:
        return (
            "The model %s is not there (%s). Put it there, or mend its url or alias; let no lifecycle rule remove it." % (name, said)
        )
    if code in LATER or status == 429 or status >= 500:
        return "S3 does not give out the model %s now: %s, tried %d times. Call the function again later." % (name, said, attempts)
    return "S3 refuses the model %s (%s): %s" % (name, said, sentence)


def _denied(said: str, sentence: str, name: str, bucket: str, key: str, region: str) -> str:
    arn = "%s:s3:::%s/%s" % (partition_of(region), bucket, key)
    if "kms" in sentence.lower():
        return (
            "The function may not decrypt the model %s (%s: %s). Allow its execution role the action kms:Decrypt on the key "
            "of the bucket %s, as well as s3:GetObject on %s." % (name, said, sentence, bucket, arn)
        )
    return (
        "The function may not read the model %s (%s). Allow its execution role the action s3:GetObject on %s; the policy of "
        "the bucket %s or of a VPC endpoint may refuse it, too. Without s3:ListBucket S3 also answers so when the object is "
        "not there." % (name, said, arn, bucket)
    )
