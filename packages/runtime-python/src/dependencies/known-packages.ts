/** Packages whose modules have other names, by module; the longest dotted match counts. */
const PACKAGES: Readonly<Record<string, string>> = {
  attr: 'attrs',
  bs4: 'beautifulsoup4',
  Crypto: 'pycryptodome',
  Cryptodome: 'pycryptodomex',
  cv2: 'opencv-python-headless',
  dateutil: 'python-dateutil',
  discord: 'discord.py',
  docx: 'python-docx',
  dotenv: 'python-dotenv',
  faiss: 'faiss-cpu',
  fitz: 'PyMuPDF',
  flask_cors: 'Flask-Cors',
  git: 'GitPython',
  github: 'PyGithub',
  gi: 'PyGObject',
  'google.auth': 'google-auth',
  'google.cloud.bigquery': 'google-cloud-bigquery',
  'google.cloud.firestore': 'google-cloud-firestore',
  'google.cloud.pubsub': 'google-cloud-pubsub',
  'google.cloud.pubsub_v1': 'google-cloud-pubsub',
  'google.cloud.secretmanager': 'google-cloud-secret-manager',
  'google.cloud.storage': 'google-cloud-storage',
  'google.genai': 'google-genai',
  'google.generativeai': 'google-generativeai',
  'google.oauth2': 'google-auth',
  'google.protobuf': 'protobuf',
  googleapiclient: 'google-api-python-client',
  grpc: 'grpcio',
  jose: 'python-jose',
  jwt: 'PyJWT',
  kafka: 'kafka-python',
  ldap: 'python-ldap',
  magic: 'python-magic',
  markdown: 'Markdown',
  memcache: 'python-memcached',
  MySQLdb: 'mysqlclient',
  'mysql.connector': 'mysql-connector-python',
  multipart: 'python-multipart',
  nacl: 'PyNaCl',
  OpenSSL: 'pyOpenSSL',
  PIL: 'Pillow',
  pkg_resources: 'setuptools',
  pptx: 'python-pptx',
  psycopg2: 'psycopg2-binary',
  pymysql: 'PyMySQL',
  pytesseract: 'pytesseract',
  pythonjsonlogger: 'python-json-logger',
  rest_framework: 'djangorestframework',
  'ruamel.yaml': 'ruamel.yaml',
  serial: 'pyserial',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  slugify: 'python-slugify',
  socketio: 'python-socketio',
  socks: 'PySocks',
  telegram: 'python-telegram-bot',
  usb: 'pyusb',
  websocket: 'websocket-client',
  win32com: 'pywin32',
  yaml: 'PyYAML',
  zmq: 'pyzmq',
};

/** Modules that many packages share: their name alone says nothing. */
const SHARED = new Set(['google', 'google.cloud', 'azure', 'mysql', 'ruamel', 'zope', 'backports']);

export function isShared(module: string): boolean {
  return SHARED.has(module);
}

/** The package to install for a module; null when its name does not tell. */
export function packageOf(module: string): string | null {
  const parts = module.split('.');
  for (let length = parts.length; length > 0; length--) {
    const known = PACKAGES[parts.slice(0, length).join('.')];
    if (known !== undefined) return known;
  }
  const [first = '', second] = parts;
  if (SHARED.has(first)) {
    if (first === 'azure' && second !== undefined) return `azure-${parts.slice(1, 3).join('-').toLowerCase()}`;
    return null;
  }
  return /^[A-Za-z0-9](?:[\w]*[A-Za-z0-9])?$/.test(first) ? first.replaceAll('_', '-') : null;
}
