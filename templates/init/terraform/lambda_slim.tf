# Made by "lambda-slim init terraform". The zips of "lambda-slim build" travel as they are; runtime, architecture and /tmp
# are those of the build, from its manifest. Zips over 50 MB go through a bucket.

variable "lambda_slim" {
  description = "The build's output folder, and the function's handler."
  type        = object({ build = string, handler = string })
}

locals {
  slim_build     = "${path.module}/${var.lambda_slim.build}"
  slim           = jsondecode(file("${local.slim_build}/lambda-slim.json"))
  slim_runtime   = "python${local.slim.target.python}"
  slim_artifacts = { for one in local.slim.artifacts : one.file => one if contains(["layer", "function"], one.kind) }
  slim_layers    = { for file, one in local.slim_artifacts : file => one if one.kind == "layer" }
  slim_stored    = { for file, one in local.slim_artifacts : file => one if one.viaS3 }
  # Null when the function's code is not in the build.
  slim_function = one([for one in local.slim_artifacts : one if one.kind == "function"])
  # Null when nothing is unpacked at start, or when what is unpacked lies in the packages.
  slim_payload = try(local.slim.plan.nesting.s3, null)
}

resource "aws_s3_bucket" "slim" {
  count         = length(local.slim_stored) > 0 ? 1 : 0
  bucket_prefix = "lambda-slim-"
  force_destroy = true
}

resource "aws_s3_object" "slim" {
  for_each = local.slim_stored
  bucket   = aws_s3_bucket.slim[0].id
  key      = "${each.value.sha256}/${each.key}"
  source   = "${local.slim_build}/${each.key}"
}

resource "aws_lambda_layer_version" "slim" {
  for_each                 = local.slim_layers
  layer_name               = "lambda-slim-example-${trimsuffix(each.key, ".zip")}"
  filename                 = each.value.viaS3 ? null : "${local.slim_build}/${each.key}"
  s3_bucket                = each.value.viaS3 ? aws_s3_object.slim[each.key].bucket : null
  s3_key                   = each.value.viaS3 ? aws_s3_object.slim[each.key].key : null
  source_code_hash         = each.value.sha256Base64
  compatible_runtimes      = [local.slim_runtime]
  compatible_architectures = [local.slim.target.architecture]
}

# Only the example's own code is zipped here: archive_file would replace symbolic links of packages by copies.
data "archive_file" "slim" {
  count       = local.slim_function == null ? 1 : 0
  type        = "zip"
  source_dir  = "${path.module}/slim_example"
  output_path = "${path.module}/.terraform/slim_example.zip"
}

# aws, aws-cn in China, aws-us-gov in GovCloud.
data "aws_partition" "slim" {}

resource "aws_iam_role" "slim" {
  name_prefix = "lambda-slim-example-"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "slim_logs" {
  role       = aws_iam_role.slim.name
  policy_arn = "arn:${data.aws_partition.slim.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

# What no package holds lies where "lambda-slim build --upload" put it; the function reads it when it starts.
resource "aws_iam_role_policy" "slim_payload" {
  count = local.slim_payload == null ? 0 : 1
  role  = aws_iam_role.slim.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "arn:${data.aws_partition.slim.partition}:s3:::${local.slim_payload.bucket}/${local.slim_payload.key}"
    }]
  })
}

resource "aws_lambda_function" "slim" {
  function_name = "lambda-slim-example"
  role          = aws_iam_role.slim.arn
  handler       = var.lambda_slim.handler
  runtime       = local.slim_runtime
  architectures = [local.slim.target.architecture]
  # Other layers of the function come first: of two copies of a file the later one counts.
  layers = concat([for one in try(local.slim.layers, []) : one.place], [for one in aws_lambda_layer_version.slim : one.arn])
  # From 1769 MB on a function has a whole CPU, also while it starts.
  memory_size = 1769
  timeout     = 60

  filename         = local.slim_function == null ? data.archive_file.slim[0].output_path : local.slim_function.viaS3 ? null : "${local.slim_build}/${local.slim_function.file}"
  s3_bucket        = try(aws_s3_object.slim[local.slim_function.file].bucket, null)
  s3_key           = try(aws_s3_object.slim[local.slim_function.file].key, null)
  source_code_hash = local.slim_function == null ? data.archive_file.slim[0].output_base64sha256 : local.slim_function.sha256Base64

  ephemeral_storage {
    size = max(local.slim.ephemeralStorage, try(local.slim.plan.nesting.ephemeralStorage, 0))
  }
}

output "slim_function" {
  value = aws_lambda_function.slim.function_name
}
