"""Made by `lambda-slim init cdk`: a function with what `lambda-slim build` made.

The zips travel as they are, through the bootstrap bucket. Runtime, architecture and /tmp are those of the build, from
its manifest.
"""

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

app = cdk.App()
stack = cdk.Stack(app, "LambdaSlimExample")

settings = app.node.get_context("lambda-slim")  # in cdk.json
build = Path(settings["build"])
if not (build / "lambda-slim.json").exists():
    raise SystemExit(f'There is no build in {build}: run "lambda-slim build" first.')
manifest = json.loads((build / "lambda-slim.json").read_text(encoding="utf-8"))
nesting = manifest["plan"]["nesting"] or {}  # of a double zip


def files(kind: str) -> list:
    """Paths of the build's artifacts of a kind."""
    return [build / one["file"] for one in manifest["artifacts"] if one["kind"] == kind]


runtime = lambda_.Runtime(f"python{manifest['target']['python']}", lambda_.RuntimeFamily.PYTHON)
architecture = lambda_.Architecture.custom(manifest["target"]["architecture"])

# Other layers of the function come first: of two copies of a file the later one counts.
others = [
    lambda_.LayerVersion.from_layer_version_arn(stack, f"Other{index}", one["place"])
    for index, one in enumerate(manifest.get("layers", []))
]
layers = [
    lambda_.LayerVersion(
        stack,
        f"Packages-{file.stem}",
        code=lambda_.Code.from_asset(str(file)),
        compatible_runtimes=[runtime],
        compatible_architectures=[architecture],
    )
    for file in files("layer")
]

function = lambda_.Function(
    stack,
    "Example",
    # A function zip of the build holds the code, too.
    code=lambda_.Code.from_asset(str(next(iter(files("function")), "slim_example"))),
    handler=settings["handler"],
    runtime=runtime,
    architecture=architecture,
    layers=others + layers,
    memory_size=1769,  # from here on a function has a whole CPU, also while it starts
    timeout=cdk.Duration.seconds(60),
    ephemeral_storage_size=cdk.Size.mebibytes(
        max(manifest["ephemeralStorage"], nesting.get("ephemeralStorage", 0))
    ),
)

payload = nesting.get("s3")
if payload:
    # What no package holds lies where `lambda-slim build --upload` put it; the function reads it when it starts.
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["s3:GetObject"],
            resources=[f"arn:{stack.partition}:s3:::{payload['bucket']}/{payload['key']}"],
        )
    )

app.synth()
