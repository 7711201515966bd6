import type { Recipe } from './recipe.js';

export default {
  name: 'botocore',
  source: 'wheels botocore 1.44.5 (CPython 3.13) and 1.41.6 (CPython 3.12), measured 2026-11',
  provedOn: '>=1.41.6,<1.45',
  rules: [
    {
      name: 'examples',
      files: ['botocore/data/*/*/examples-1.json', 'botocore/data/*/*/examples-1.json.gz'],
      because: 'examples that botocore.docs prints into the reference documentation; no client reads them',
    },
    {
      name: 'older-api-versions',
      files: [],
      superseded: 'botocore/data/*/{version}/**',
      because:
        'an older version of an AWS service’s API; botocore takes the newest unless a call or a config file names another',
      level: 'aggressive',
      loses: 'clients of an older API version (api_version="…")',
    },
  ],
  selectable: {
    option: 'services',
    files: 'botocore/data/{name}/**',
    always: ['signin', 'sso', 'sso-oidc', 'sts'],
    because:
      'describes an AWS service that is not among the services that were named; the credential chain keeps what it calls',
  },
  probe: `
import os
os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="y", AWS_DEFAULT_REGION="eu-west-1", AWS_EC2_METADATA_DISABLED="true")
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber

session = botocore.session.get_session()
assert "eu-west-1" in session.get_available_regions("sts") and session.get_partition_for_region("cn-north-1") == "aws-cn"
assert session.get_credentials().access_key == "x"
answers = {
    "sts": ("get_caller_identity", {}, {"Account": "1", "Arn": "arn:aws:iam::1:user/u", "UserId": "u"}),
    "s3": ("list_objects_v2", {"Bucket": "bucket"}, {"KeyCount": 1, "Contents": [{"Key": "k"}]}),
    "dynamodb": ("get_item", {"TableName": "t", "Key": {"id": {"S": "1"}}}, {"Item": {"id": {"S": "1"}}}),
    "lambda": ("get_function_configuration", {"FunctionName": "f"}, {"FunctionName": "f"}),
    "sqs": ("send_message", {"QueueUrl": "https://sqs/q", "MessageBody": "m"}, {"MessageId": "1"}),
    "ec2": ("describe_regions", {}, {"Regions": [{"RegionName": "r"}]}),
}
# With --service only those that were named are there; the ones of the credential chain always are.
there = set(session.get_available_services())
assert {"sts", "sso", "sso-oidc"} <= there
clients = {}
for service, (operation, parameters, answer) in answers.items():
    if service not in there:
        continue
    client = clients[service] = session.create_client(service, config=Config(retries={"mode": "adaptive"}))
    with Stubber(client) as stub:
        stub.add_response(operation, answer, parameters)
        stub.add_client_error(operation, "ThrottlingException")
        assert getattr(client, operation)(**parameters).items() >= answer.items()
        try:
            getattr(client, operation)(**parameters)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ThrottlingException"
        else:
            raise AssertionError("the error was lost")
# Requests are made and signed without being sent: every protocol, endpoint rules and checksums.
seen = []
class Stop(Exception):
    pass
def stop(request, **_):
    seen.append(request)
    raise Stop
for service, client in clients.items():
    operation, parameters, _ = answers[service]
    client.meta.events.register("before-send.*", stop)
    try:
        getattr(client, operation)(**parameters)
    except Stop:
        assert b"AWS4-HMAC-SHA256" in seen[-1].headers["Authorization"] and "eu-west-1" in seen[-1].url, seen[-1].url
if "s3" in clients:
    s3 = clients["s3"]
    assert "Signature=" in s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k"})
    assert s3.generate_presigned_post("bucket", "k")["fields"]["key"] == "k"
    assert s3.get_paginator("list_objects_v2") and s3.get_waiter("bucket_exists")
    try:
        s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    except Stop:
        assert seen[-1].url == "https://bucket.s3.eu-west-1.amazonaws.com/k"
`,
} satisfies Recipe;
