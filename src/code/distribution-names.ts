/** What to install for a module whose distribution has another name. Pure. */

/** From the projects' pages on PyPI, 2026-11; those that cloud functions import most. */
const distributionOf: Readonly<Record<string, string>> = {
  attr: 'attrs',
  bs4: 'beautifulsoup4',
  cairo: 'pycairo',
  cv2: 'opencv-python-headless',
  Crypto: 'pycryptodome',
  Cryptodome: 'pycryptodomex',
  dateutil: 'python-dateutil',
  docx: 'python-docx',
  dotenv: 'python-dotenv',
  faiss: 'faiss-cpu',
  fitz: 'PyMuPDF',
  git: 'GitPython',
  github: 'PyGithub',
  'google.cloud.bigquery': 'google-cloud-bigquery',
  'google.cloud.firestore': 'google-cloud-firestore',
  'google.cloud.storage': 'google-cloud-storage',
  'google.cloud.vision': 'google-cloud-vision',
  'google.protobuf': 'protobuf',
  googleapiclient: 'google-api-python-client',
  grpc: 'grpcio',
  jose: 'python-jose',
  jwt: 'PyJWT',
  kafka: 'kafka-python',
  ldap: 'python-ldap',
  magic: 'python-magic',
  MySQLdb: 'mysqlclient',
  OpenSSL: 'pyOpenSSL',
  PIL: 'Pillow',
  pkg_resources: 'setuptools',
  pptx: 'python-pptx',
  psycopg: 'psycopg[binary]',
  psycopg2: 'psycopg2-binary',
  pydantic_core: 'pydantic',
  pythonjsonlogger: 'python-json-logger',
  rest_framework: 'djangorestframework',
  ruamel: 'ruamel.yaml',
  serial: 'pyserial',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  slugify: 'python-slugify',
  snowflake: 'snowflake-connector-python',
  telegram: 'python-telegram-bot',
  tflite_runtime: 'ai-edge-litert',
  usb: 'pyusb',
  xgboost: 'xgboost',
  yaml: 'PyYAML',
  zmq: 'pyzmq',
};

/** Modules that left the standard library: since which version, and what brings them (null: nothing does). PEP 594 and 632. */
const left: Readonly<Record<string, readonly [since: string, remedy: string | null]>> = {
  distutils: ['3.12', 'setuptools'],
  imp: ['3.12', null],
  asynchat: ['3.12', 'pyasynchat'],
  asyncore: ['3.12', 'pyasyncore'],
  smtpd: ['3.12', 'aiosmtpd'],
  aifc: ['3.13', 'standard-aifc'],
  audioop: ['3.13', 'audioop-lts'],
  cgi: ['3.13', 'legacy-cgi'],
  cgitb: ['3.13', 'legacy-cgi'],
  chunk: ['3.13', 'standard-chunk'],
  crypt: ['3.13', 'legacycrypt'],
  imghdr: ['3.13', 'standard-imghdr'],
  mailcap: ['3.13', 'standard-mailcap'],
  nntplib: ['3.13', 'standard-nntplib'],
  pipes: ['3.13', 'standard-pipes'],
  sndhdr: ['3.13', 'standard-sndhdr'],
  telnetlib: ['3.13', 'standard-telnetlib'],
  uu: ['3.13', 'standard-uu'],
  xdrlib: ['3.13', 'standard-xdrlib'],
};

/** Modules of the standard library that Python has on one system alone. */
const systems: Readonly<Record<string, string>> = {
  _msi: 'Windows',
  _overlapped: 'Windows',
  _scproxy: 'macOS',
  _winapi: 'Windows',
  _winreg: 'Windows',
  msilib: 'Windows',
  msvcrt: 'Windows',
  nt: 'Windows',
  winreg: 'Windows',
  winsound: 'Windows',
};
/** Parts of the standard library that need Tk, without which Lambda's Python is built. */
const ofTk: readonly string[] = ['_tkinter', 'idlelib', 'tkinter', 'turtle', 'turtledemo'];

interface Lacking {
  readonly because: string;
  readonly remedy: string;
}

/** @returns why no Python on Linux has a module of the standard library, and what to do; null: it may have it */
export function ofOtherSystems(module: string): Lacking | null {
  const system = Object.hasOwn(systems, module) ? systems[module] : undefined;
  return system === undefined
    ? null
    : {
        because: `which Python has on ${system} alone`,
        remedy:
          'Import it under a condition such as sys.platform == "win32", or under try/except ImportError.',
      };
}

/** @returns the same of Lambda's own Python, which an image of one's own need not have */
export function notInLambda(module: string): Lacking | null {
  return ofTk.includes(module)
    ? {
        because: "which Lambda's Python does not have: it is built without Tk",
        remedy:
          'Import it under try/except ImportError, or draw without windows (Pillow, matplotlib with Agg).',
      }
    : null;
}

/** @returns the distribution that is most likely meant by a module, e.g. `Pillow` for `PIL`, `PIL.Image` */
export function distributionFor(module: string): string {
  const parts = module.split('.');
  for (let length = parts.length; length > 0; length--) {
    const name = parts.slice(0, length).join('.');
    if (Object.hasOwn(distributionOf, name)) return distributionOf[name] ?? name;
  }
  // Namespaces are shared by many: google.cloud.tasks is of google-cloud-tasks.
  return module.startsWith('google.cloud.')
    ? parts.slice(0, 3).join('-')
    : (parts[0] ?? module).replaceAll('_', '-');
}

/** @returns since when the standard library has not got the module, and which distribution brings it; null: it never had it */
export function leftStandardLibrary(
  module: string,
): { readonly since: string; readonly distribution: string | null } | null {
  const found = Object.hasOwn(left, module) ? left[module] : undefined;
  return found === undefined ? null : { since: found[0], distribution: found[1] };
}
