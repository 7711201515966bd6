import type { Recipe } from './recipe.js';

export default {
  name: 'boto3',
  source: 'wheels boto3 1.44.5 (CPython 3.13) and 1.41.5 (CPython 3.12), measured 2026-11',
  provedOn: '>=1.41.5,<1.45',
  rules: [
    {
      name: 'examples',
      files: ['boto3/examples/**'],
      because: 'text that boto3.docs prints into the reference documentation',
    },
    {
      name: 'older-api-versions',
      files: [],
      superseded: 'boto3/data/*/{version}/**',
      because:
        'resources of an older version of an AWS service’s API; boto3 takes the newest unless a call names another',
      level: 'aggressive',
      loses: 'resources of an older API version (api_version="…")',
    },
  ],
  selectable: {
    option: 'services',
    files: 'boto3/data/{name}/**',
    always: [],
    because: 'describes resources of an AWS service that is not among the services that were named',
  },
  probe: `
import os
os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="y", AWS_DEFAULT_REGION="eu-west-1", AWS_EC2_METADATA_DISABLED="true")
import boto3
from botocore.stub import Stubber

session = boto3.session.Session()
assert session.region_name == "eu-west-1"
there = set(session.get_available_services())
with Stubber(session.client("sts")) as stub:
    stub.add_response("get_caller_identity", {"Account": "1"})
    assert stub.client.get_caller_identity()["Account"] == "1"
if "s3" in there:
    from boto3.s3.transfer import TransferConfig
    s3 = boto3.resource("s3")
    assert s3.Bucket("b").Object("k").bucket_name == "b"
    assert "upload_file" in dir(s3.meta.client) and TransferConfig(max_concurrency=2).max_request_concurrency == 2
if "dynamodb" in there:
    from boto3.dynamodb.conditions import Attr, Key
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
    table = boto3.resource("dynamodb").Table("t")
    with Stubber(table.meta.client) as stub:
        stub.add_response("query", {"Items": [{"n": {"N": "2"}}], "Count": 1})
        assert table.query(KeyConditionExpression=Key("id").eq("1") & Key("n").gt(1), FilterExpression=Attr("x").exists())["Items"] == [{"n": 2}]
    assert TypeDeserializer().deserialize(TypeSerializer().serialize({"a": [1, "b"]})) == {"a": [1, "b"]}
`,
} satisfies Recipe;
