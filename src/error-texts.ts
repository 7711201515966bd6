/**
 * Errors: what each code means, why it happens and what to do, for docs/reference/errors.md and for `explain`. What
 * the program says when it happens is written where it is thrown, as it knows the names and numbers. Pure.
 */

interface ErrorText {
  /** One sentence. */
  readonly meaning: string;
  /** One to four sentences: why it happens, and what to do. */
  readonly more: string;
}

/** Published: never rename one. */
export const errorTexts = {
  'bad-option': {
    meaning: 'An option has a value that it cannot have, or two options contradict each other.',
    more: 'A flag, a variable or a key has a value that is not among its choices or out of its range, or two of them exclude each other; the message names which one and where it came from. "lambda-slim COMMAND --help" lists every option with its values.',
  },
  'bad-config': {
    meaning: 'The config file cannot be read or has an unknown key.',
    more: 'The file is no valid JSON, YAML or TOML, has a key that is none of ours (the nearest one is named), or two files in the folder both configure lambda-slim. Correct it, or name the one that counts with --config.',
  },
  'bad-recipe': {
    meaning: 'A recipe file cannot be read or does not have the shape of a recipe.',
    more: 'A file of --recipes needs a name and rules, and each rule a name, files and because. The message names the place in the file. Compare it with the example in the guide about recipes.',
  },
  'bad-patch': {
    meaning: 'A patch does not fit the package that it is for.',
    more: 'A patch of --patch or [[patches]] names a package that is not in the build, is for other versions of it, names a file that is not the package\'s own, or has a hunk that does not apply; the message shows the nearest lines. Make the patch anew for the version that is built, widen its "version", or take it out.',
  },
  'bad-vendor': {
    meaning: 'A folder of --vendor cannot be added to the packages.',
    more: "It holds no package, is a project or a package itself, or brings what a resolved distribution or another folder brings, too: which of the two Python would import is nobody's choice then. The message names both. Take one of them away.",
  },
  'bad-requirements': {
    meaning: 'A requirements or lock file cannot be read or has a line that pip would refuse.',
    more: 'The file or a line of it is not what pip would take: a typing error, an option that makes no sense here, or a lock file of a version that nobody knows yet. The message names file and line.',
  },
  'nothing-to-build': {
    meaning: 'No requirements were found, or the folder of code is empty.',
    more: 'The folder has none of the files that name packages, or what was found names none. Go to the folder of your project, or name a file with -r. To slim packages that are installed already use --from.',
  },
  'nothing-to-nest': {
    meaning: 'A payload was asked for, and no file can be in one.',
    more: '--strategy double-zip and s3 put files of packages into a payload, and this build has none that may be in one: metadata and your own code never are. Build with --strategy auto, which nests only when it must.',
  },
  'not-found': {
    meaning: 'A file, folder or package that was named is not there.',
    more: 'A path, package or code that you named does not exist, seen from the working folder or, in a config file, from its folder. The message names the nearest one that does. Check the spelling and where you are.',
  },
  'unusable-file': {
    meaning: 'A file is a pipe, a socket or a device, is far too large, or has a name that no zip can hold.',
    more: 'Packages and code are files, folders and links, with names in UTF-8 without backslashes. The message names what is something else. Delete it, move it out of the folder, or leave it out with --drop.',
  },
  'no-resolver': {
    meaning: 'Neither uv nor pip can be run.',
    more: 'Something must install the packages, and neither uv nor a Python with pip is on PATH. Install uv (https://docs.astral.sh/uv/) or Python 3 with pip 22.2 or newer; or use --resolver docker, or --from with a folder of installed packages.',
  },
  'no-wheel': {
    meaning: 'A requirement has no wheel that fits the target and would have to be compiled.',
    more: "The index has this package for other Pythons, systems or processors, or as source only, and source must be compiled for Lambda's system. Build with --resolver docker, which compiles in AWS's own image; take another --python or --arch for which there is a wheel; or pin a version that has one. The message lists what the index has.",
  },
  'needs-newer-python': {
    meaning: 'The wheels that exist need a newer glibc than this runtime has; a newer runtime has it.',
    more: "Today's wheels are made for glibc 2.27 or newer, and Lambda's Python 3.11 and older run on Amazon Linux 2 with 2.26. They would install and then fail in Lambda with \"GLIBC_2.27 not found\". Build with --python 3.12 or newer and change the function's runtime, or pin versions from before.",
  },
  'resolution-failed': {
    meaning: 'The requirements contradict each other or name something that the index does not have.',
    more: "No set of versions satisfies all requirements at once, or a name or version does not exist in your index. The resolver's own lines stand below the message. Loosen a pin, correct the name, or add the index that has it.",
  },
  'index-unreachable': {
    meaning: 'The package index did not answer.',
    more: "The host did not answer, or a proxy, a certificate or a password stood in the way. pip's and uv's own settings count here: PIP_INDEX_URL, UV_INDEX_URL, HTTPS_PROXY, PIP_CERT and SSL_CERT_FILE. Try again when it was the network; what was downloaded is in the cache.",
  },
  'not-in-cache': {
    meaning: 'Something that is needed is not in the cache, and --offline forbids to ask for it.',
    more: 'With --offline only what earlier builds have kept is used, and this was not among it. Build once without --offline with the same requirements, Python and architecture, then it is there.',
  },
  'build-forbidden': {
    meaning: 'Something must be built from its source, and --no-build forbids to run its code.',
    more: 'A requirement has no wheel, so that a build script of the package or project would have to run, and --no-build forbids it. Pin a version that has a wheel, or build the wheel where you trust it and name its folder with --find-links in the requirements file.',
  },
  'hash-mismatch': {
    meaning: 'A downloaded file does not have the hash that the requirements or the lock file name.',
    more: "Your file pins the exact bytes of a package, and what came is something else: the file was replaced in the index, a proxy changed it, or the pin is of another platform's wheel. Do not go on before you know which; then lock again.",
  },
  'lock-tool-missing': {
    meaning: 'A lock file needs the tool that owns it, and that tool is not installed.',
    more: 'Lock files of uv, Poetry, PDM and Pipenv are read by the tool that wrote them, so that they mean here what they mean there. Install it, or export a requirements file with it elsewhere and name that with -r.',
  },
  'lock-export-failed': {
    meaning: 'The tool that owns the lock file refused to export it.',
    more: 'The tool was there and refused, mostly because the lock file does not match pyproject.toml any more. Its own lines stand below the message. Lock again with it, then build again.',
  },
  'no-container-engine': {
    meaning: 'Docker was asked for or is needed, and no container engine answers.',
    more: '--resolver docker and --sandbox docker need Docker, Podman, Finch or nerdctl, with its service running. Start it (on a Mac or Windows: Docker Desktop or Finch), or choose one with --container-engine. Packages with wheels need none.',
  },
  'container-failed': {
    meaning: 'The build in the container failed.',
    more: "The container could not be started, the image is for another Python or processor, or a package could not be compiled in it. The last lines of what went on stand below the message. A missing compiler or library must come with the image: make one FROM AWS's build image and name it with --image.",
  },
  'no-sandbox': {
    meaning: 'Nothing on this machine can imitate Lambda for this target.',
    more: "verify needs a place that is like Lambda: a container engine, or namespaces of Linux with a CPython of the function's version. The message says for each why it did not work. Start a container engine and use --sandbox docker; on Linux bubblewrap will do, too.",
  },
  'not-confined': {
    meaning: 'Package code cannot be confined on this machine, and it was asked for.',
    more: '--confine require lets nothing of a package run outside a sandbox. It needs Linux with bubblewrap, or a kernel that lets this user make namespaces, or a container engine. With --confine auto the packages run on copies where there is no sandbox, and the report says so.',
  },
  'sandbox-failed': {
    meaning: 'A sandbox was there and did not start.',
    more: 'The sandbox exists and the function could not be started in it: the image has another Python, or the kernel refuses what is asked of it. Its last lines stand below the message. Try another one with --sandbox, or another image with --image.',
  },
  'bytecode-failed': {
    meaning: 'The interpreter could not compile bytecode.',
    more: 'Python was found and stopped while it compiled the packages: no room, or an interpreter that is damaged. Build with --pyc none, or name another Python with --interpreter.',
  },
  'does-not-fit': {
    meaning: 'No strategy fits the limits of AWS Lambda; nothing was written.',
    more: 'After all that may go has gone, and with the heaviest files nested, it is still over a limit that nobody can raise; the message names it, the bytes over, and the five heaviest packages. Leave packages out with --exclude, try --prune aggressive, split the function, or use a container image (--format directory makes the folder for it), which may have 10 GB.',
  },
  'path-clash': {
    meaning: 'Two files want the same path in an artifact.',
    more: 'A file of your code and one of a package would lie under the same name in the zip, and one would hide the other. Rename yours, leave one out with --drop, or build with --format layer, which keeps code and packages apart.',
  },
  'output-not-ours': {
    meaning: 'The output folder holds files that lambda-slim did not make.',
    more: 'lambda-slim replaces its output folder as a whole and would have removed files that it did not write, so it stopped. Move them away, or name another folder with --out.',
  },
  'file-exists': {
    meaning: 'A file is there already where one would be written; nothing was written.',
    more: 'init and report write no file over one of yours. Move it away, or run the command where nothing is in the way and take over what you need.',
  },
  'file-edited': {
    meaning:
      'A file that init wrote was changed since, and is not what would be written now; it was left as it is.',
    more: 'init --update writes a file again only while it is exactly as init wrote it. Yours holds changes of yours and is for an earlier build: take over the lines that are listed, or move it away and run init without --update.',
  },
  'output-unwritable': {
    meaning: 'The output folder cannot be written.',
    more: 'The folder or file could not be made or written: a permission, a read-only disk, or a file where a folder should be; or the disk that standard output goes to is full. Choose another place with --out, or set the permission right.',
  },
  'cache-unwritable': {
    meaning: 'The cache folder cannot be written.',
    more: 'What earlier builds have made is kept in a cache folder, and it cannot be written. Name another one with --cache-dir, or build with --no-cache, which takes longer.',
  },
  'disk-full': {
    meaning: 'There is no room left on the disk.',
    more: 'Packages are unpacked, compiled and compressed before the result appears, which takes several times its size for a while. Make room, or put the cache onto another disk with --cache-dir and temporary files with TMPDIR. Nothing half-made is left behind.',
  },
  'archive-differs': {
    meaning: 'An archive, read back, is not what was planned; it was not kept.',
    more: 'After writing, each archive is read again and compared with the plan, and here they differed: a file changed while it was packed, the cache was damaged, or the disk is failing. It was thrown away. Build again with --no-cache; if it happens again, check the disk.',
  },
  interrupted: {
    meaning: 'You stopped it (exit code 130).',
    more: 'You pressed Ctrl-C, or the process was asked to end. The output folder is as it was before, and what was downloaded and compressed is in the cache: the same command goes on from there. publish-layer tells what it had published by then.',
  },
  'artifact-changed': {
    meaning: 'An artifact in the output folder is missing, or is not the one that was built.',
    more: 'The manifest names each artifact with its sha256, and a file is gone or has other bytes. Only what was built is verified and published. Build again, and do not change the zips.',
  },
  'no-layer': {
    meaning: 'The build has no layer that could be published.',
    more: 'publish-layer publishes layers, and the last build made a function zip or a folder. Build with --format layer. A function zip is uploaded with "aws lambda update-function-code".',
  },
  'cannot-attach': {
    meaning: 'The function cannot have this layer; nothing was published.',
    more: 'Before anything is published, each function of --attach is looked at, and this one cannot have the layer: it is a container image, has another Python or processor, or would have more than five layers or too many bytes. The message says which. Nothing was changed.',
  },
  'no-credentials': {
    meaning: 'There are no AWS credentials, or AWS does not take them.',
    more: 'The AWS SDK found no credentials, or AWS did not accept them: expired, or of another partition. Log in ("aws sso login"), choose a --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. "aws sts get-caller-identity" shows who you are.',
  },
  'aws-refused': {
    meaning: 'AWS refused a request: a permission, a bucket or a setting is wrong.',
    more: "AWS answered and said no: a permission is missing, a bucket is not there or in another Region, or a setting is wrong. The message has AWS's own words, and the IAM action when it is one. Ask whoever administers the account for it.",
  },
  'model-not-there': {
    meaning: 'A model, an alias, a version or a file of it is not in the store.',
    more: 'What was named is not in the bucket under this prefix, or its files were removed. "lambda-slim models list" shows what is there, and "lambda-slim models show NAME" its versions. Check --store and the name, or push the model.',
  },
  'alias-moved': {
    meaning: 'Somebody else has set the same alias of a model at the same moment.',
    more: 'An alias is only set when it still is what was read; somebody else has promoted, rolled back or pushed meanwhile, so nothing was changed. Look at "lambda-slim models show NAME ALIAS", and run it again if you still want to.',
  },
  'bad-pointer': {
    meaning: 'An object that should name the version of a model does not.',
    more: 'NAME/ALIAS.json or a document below NAME/versions in the store is not what lambda-slim writes: no JSON, another format, or a digest or a file name that it cannot have. Push or promote the alias anew; the message names the object and what is wrong with it.',
  },
  'aws-unreachable': {
    meaning: 'AWS did not answer, or was too busy to.',
    more: 'There was no answer, or "too many requests" for longer than is worth waiting. Check the network, HTTPS_PROXY and the Region, and run the same command again: nothing is done twice.',
  },
  'bad-archive': {
    meaning: 'A zip cannot be read.',
    more: 'The file is no zip, is damaged or not complete, or holds no files: a download that was cut off, or a path to something else. Name a zip, a manifest (lambda-slim.json) or a folder.',
  },
  'bad-baseline': {
    meaning: 'The baseline is not one, or is not where it was said to be.',
    more: 'What --baseline names is not a file of --write-baseline, a manifest, a zip or a folder, or the commit or object that it is in cannot be read. git:REF needs a repository that has this REF: in CI fetch it first (fetch-depth: 0).',
  },
  'no-manifest': {
    meaning: 'There is no build in the output folder.',
    more: 'verify, check, report, why and publish-layer speak about the last build, and the output folder has none. Build first, or name the folder with --out.',
  },
  'bad-manifest': {
    meaning: 'The manifest is not one that this version reads.',
    more: 'lambda-slim.json is damaged, or was written by another version with another shape. Build again with this version.',
  },
  'old-node': {
    meaning: 'Node is older than 22.15.',
    more: 'lambda-slim uses what Node has since 22.15, such as zstd. With "npx -p node@22 -p lambda-slim lambda-slim build" a fitting Node is fetched for one run, and yours stays as it is.',
  },
} as const satisfies Readonly<Record<string, ErrorText>>;

export type ErrorCode = keyof typeof errorTexts;
