/** Rows of the option table that `publish-layer` alone has; `table.ts` puts them with the others. Pure. */
import type { OptionRow } from './row.js';

/** Options of `publish-layer` alone, in the order of `--help`. */
export const ownPublishOptions = [
  {
    name: 'name',
    key: 'layerName',
    variable: 'LAMBDA_SLIM_LAYER_NAME',
    type: 'text',
    value: 'NAME',
    pattern: { regex: /^[A-Za-z0-9_-]{1,64}$/, example: 'my-layer (letters, digits, - and _, at most 64)' },
    help: "the layer's name; several layers of one build are NAME-1, NAME-2, … Default: the folder's name",
  },
  {
    name: 'region',
    key: 'regions',
    type: 'list',
    value: 'REGION',
    pattern: { regex: /^[a-z]{2,4}(?:-[a-z]+)+-\d+$/, example: 'eu-central-1' },
    help: 'where to publish; repeatable. Default: the Region of your environment or profile',
  },
  {
    name: 'bucket',
    key: 'bucket',
    type: 'text',
    value: 'BUCKET',
    help: 'send zips through this bucket, under a name made of their contents; needed over 50 MiB. For several Regions its name holds {region}',
  },
  {
    name: 'prefix',
    key: 'prefix',
    type: 'text',
    value: 'PREFIX',
    help: 'folder in the bucket',
  },
  {
    name: 'storage-mode',
    key: 'storageMode',
    type: 'text',
    value: 'MODE',
    choices: ['copy', 'reference'],
    help: 'copy: Lambda keeps a copy; reference: it reads the zip in your own versioned bucket, which must stay there. Default: copy',
  },
  {
    name: 'description',
    key: 'description',
    type: 'text',
    value: 'TEXT',
    pattern: { regex: /^[\s\S]{1,256}$/, example: 'a text of at most 256 characters' },
    help: "the version's description. Default: what is in it",
  },
  {
    name: 'license',
    key: 'license',
    type: 'text',
    value: 'TEXT',
    pattern: { regex: /^[\s\S]{1,512}$/, example: 'MIT (at most 512 characters)' },
    help: "the version's licence: an SPDX identifier, an address or a text",
  },
  {
    name: 'allow',
    key: 'allow',
    type: 'list',
    value: 'WHO',
    pattern: {
      regex: /^(?:\d{12}|o-[a-z0-9]{10,32}|public)$/,
      example: '123456789012, o-a1b2c3d4e5 or public',
    },
    help: 'who may use it, too: an account, an organisation (o-…), or public; repeatable',
  },
  {
    name: 'keep',
    key: 'keepVersions',
    variable: 'LAMBDA_SLIM_KEEP_VERSIONS',
    type: 'integer',
    value: 'N',
    range: [1, 1000],
    help: 'keep the N newest versions and delete older ones. Default: all stay',
  },
  {
    name: 'attach',
    key: 'attach',
    type: 'list',
    value: 'FUNCTION',
    pattern: {
      regex:
        /^(?:arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:|\d{12}:function:)?[\w-]{1,64}(?::\$LATEST)?$/,
      example: 'my-function, or its ARN without a version',
    },
    help: 'give the version to this function, in place of an older one, and raise its /tmp if the build needs it; repeatable',
  },
] as const satisfies readonly OptionRow[];
