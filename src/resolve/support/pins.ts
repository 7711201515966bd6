/**
 * Distributions that lambda-slim itself needs for a target, as exact wheels: PyPI's JSON API
 * (https://pypi.org/pypi/NAME/json),
 * read 2026-11. For each Python the newest version that has a wheel for it; all of them load on glibc 2.17.
 */
import type { Architecture, PythonVersion, Target } from '../../model.js';

/** One wheel. */
export interface SupportPin {
  readonly name: string;
  readonly version: string;
  /** sha256 in hex. */
  readonly sha256: string;
}

/** One wheel for each architecture. */
type Compiled = Readonly<Record<Architecture | 'version', string>>;

/** sha256 of the wheels `cp3N-cp3N-manylinux…_2_17_…`. */
const zstd: Readonly<Record<Exclude<PythonVersion, '3.14'>, Compiled>> = {
  '3.9': {
    version: '1.3.0',
    x86_64: '59b52ad18326c0f9473906de3caf47ade68a063dcbe1663b0351638421fd5458',
    arm64: 'c9d75cca9bed9da91c6e8bfdd4807fc1af08c8b25716cfdc5d50c119071641cf',
  },
  '3.10': {
    version: '1.8.0',
    x86_64: 'b58cd328afcb538f3ca5dc2ac47f8dfb68635d5b906d5efcb59054bc86219214',
    arm64: 'bb99f835f6d1e6ad0bc1c1ac430baf6d39a9183e37c4f295fb876214ac4c7e28',
  },
  '3.11': {
    version: '1.8.0',
    x86_64: '9c7fe40a58dbe1fd358e0ceb5b6b3f50a9b328f8fff42dcb3bdaeb9a022c2506',
    arm64: 'c6f9ecc5a251fd9495ee717daa0dc87c195f50d6d3679ddb430eb58256a0ca53',
  },
  '3.12': {
    version: '1.8.0',
    x86_64: 'f9e9aa28a44db1897fb637f037175566f3b75890d4bae6cae7ba34f1df1e0804',
    arm64: '6aa762cf369d9bfca1e013eaad562f8e129d71b7a82f0c459870d6d21651bcb3',
  },
  '3.13': {
    version: '1.8.0',
    x86_64: '44a9004f9e809ea56910d326d21946650369db59eb86edc0c76840f21530704c',
    arm64: '1a808ba1371231c00a2b71f03840a727088e287d0ee1dfb3230958950f21f421',
  },
};

/** The runtime client that AWS's own images run. */
const client: Readonly<Record<PythonVersion, Compiled>> = {
  '3.9': {
    version: '4.0.4',
    x86_64: '4531221790509abf378114d2373a0d1f8b76b65920513b9c48d489501293007a',
    arm64: 'ab7e4aa123dd1e9b1a24628e595dc14ca17a8fe7485824de2aa26a2536dc15f8',
  },
  '3.10': {
    version: '4.2.2',
    x86_64: '71feb2fb303b73642a433154f2ea9eba8dd8c1da0863a3ff4c3916b9945b0de1',
    arm64: '4e53dbdf07c2c56824a7c539aeb65d15ea26858c1d7cdc89edf4d976dd50450f',
  },
  '3.11': {
    version: '4.2.2',
    x86_64: 'ea87f581768a7558b493a59ee9f4de6dcbc6444b888169afa01af71396ed731d',
    arm64: '0bfd063e2b4c3f1c58e5a561fab3a15d71ed85dbfacb0a7a693b8d20f1d1c544',
  },
  '3.12': {
    version: '4.2.2',
    x86_64: 'f04e362be24ae21f34beb9ad4847f94ebb915ccd5120925a227f721af20a411d',
    arm64: '1c6c1a9df7b32043f820204c035c0c9496b8203c8a39331712cb5f058ea6be8f',
  },
  '3.13': {
    version: '4.2.2',
    x86_64: '2215bca01bbdbdfa9579bb4204f55d3e91e6dee589b88f8f9d20a285a790c468',
    arm64: 'bd3ebafddd6c3283a2c7f121164f304273256c7fe3f9847be44d0c5f6fd2d792',
  },
  '3.14': {
    version: '4.2.2',
    x86_64: 'a153a632c70b6bb3f2783bcf609e38182740d812a2424be03a26782484ff6610',
    arm64: '702ead5196cf5ff30dcab997e4e4fca7ba020a258fa5ef996ef95955a0abab25',
  },
};

/** What the client needs; its speedups are compiled. */
const simplejson: Readonly<Record<PythonVersion, Compiled>> = {
  '3.9': {
    version: '4.3.0',
    x86_64: '3c9e042acb55c9ca24c8e4bf46623b5ee03b28fc115380f20d9ee42d8509dbfd',
    arm64: '8d115cc49b89c20d464008a5e945e9847214f72095b57c1305530ee6bd6eeaaa',
  },
  '3.10': {
    version: '4.3.0',
    x86_64: '9e245f76fc0f7c621ff427a18263f866bf73af0222552ee5db07a73263af1e4a',
    arm64: 'e567f26e2ebeed3309f8e1f3a12b7a67170b5bd333b1c6e1acfe8a27b82f8714',
  },
  '3.11': {
    version: '4.3.0',
    x86_64: '06306ed92b3860802ad9dd7fe88f122a7360b01e3936b8a355d6d689bb2bb774',
    arm64: '82a24d31f06deea3ba1814c4c79f54b1573a3574b8a7c598b6a7f41ac488e047',
  },
  '3.12': {
    version: '4.3.0',
    x86_64: 'ce5726e85a8462580b3c3f5098e9bcaa2d10dfd28233451aad5638a9d16b6d1c',
    arm64: '213ce37252f42ff591a8e802c634185a37d1fc79a8356afab5b8271343dd6678',
  },
  '3.13': {
    version: '4.3.0',
    x86_64: '2091df1a8ad3ab6920d5f47527548cfd7a636bc09d91b824db23c7e0c1ddbef2',
    arm64: '067473d6df8c185d6b32926373de6c0069c5b351b3caa340eb547db42c722bc7',
  },
  '3.14': {
    version: '4.3.0',
    x86_64: 'c0eb226f43b76c1056d90b7e6998d5be3ed3f29e4467ecc4ee50c30d73c27fec',
    arm64: 'cd2819abdf930e4d6a6d68b1664fe1c817e69e116ecbb3c423725fe5e7ac5913',
  },
};

const pure = (name: string, version: string, sha256: string): SupportPin => ({ name, version, sha256 });

const snapshotRestore = pure(
  'snapshot-restore-py',
  '1.0.0',
  '38f99e696793790f54658e71c68c7a8a40cea877c81232b5052383b1301aceba',
);

const shared: readonly SupportPin[] = [
  pure('jmespath', '1.1.0', 'a5663118de4908c91729bea0acadca56526eb2698e83de10cd116ae0f4e97c64'),
  pure('python-dateutil', '2.9.0.post0', 'a8b2bc7bffae282281c8140a97d3aa9c14da0b136dfe83f850eea9a5f7470427'),
  pure('six', '1.17.0', '4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274'),
];

/** The last that take Python 3.9. */
const oldBoto: readonly SupportPin[] = [
  pure('boto3', '1.42.97', '966e49f0510af9a64057a902b7df53d4348c447de0d3df4cc855dfd85e058fcd'),
  pure('botocore', '1.42.97', '77d2c8ce1bc592d3fbd7c01c35836f4a5b0cac2ca03ccdf6ffc60faa16b5fadc'),
  pure('s3transfer', '0.16.1', '61bcd00ccb83b21a0fe7e91a553fff9729d46c83b4e0106e7c314a733891f7c2'),
  pure('urllib3', '1.26.20', '0ed14ccfbf1c30a9072c7ca157e4319b70d65f623e91e7b32fadb2853431016e'),
];

const boto: readonly SupportPin[] = [
  pure('boto3', '1.44.5', '70c3e0409794b29ec1900bcaff0695b73234a2d32ffaed35045b94caa26212a5'),
  pure('botocore', '1.44.5', '8f16a56d1dff125dd65322ae021efa7ba5195a6db5102b96862566055b748921'),
  pure('s3transfer', '0.19.3', '24eb7535804306355e31c952a90022bf5b2f9d760f9a11062c7493a217c08553'),
  pure('urllib3', '2.8.0', '0cf3cae568d36aa9576b28dfb35f11328f1cb974ca7647d9475ebb86c75ac6e3'),
];

/** The wheel with the zstd extension module; null where Python has one itself (3.14 on, PEP 784). */
export function zstdPin({ python, architecture }: Target): SupportPin | null {
  return python === '3.14' ? null : compiled('backports.zstd', zstd[python], architecture);
}

/** The runtime client and all that it needs. */
export function clientPins({ python, architecture }: Target): readonly SupportPin[] {
  return [
    compiled('awslambdaric', client[python], architecture),
    compiled('simplejson', simplejson[python], architecture),
    snapshotRestore,
  ];
}

/** boto3 and all that it needs: what Lambda's runtime has too (its versions vary by Region and month). */
export function botoPins({ python }: Target): readonly SupportPin[] {
  return [...(python === '3.9' ? oldBoto : boto), ...shared];
}

function compiled(name: string, wheels: Compiled, architecture: Architecture): SupportPin {
  return { name, version: wheels.version, sha256: wheels[architecture] };
}
