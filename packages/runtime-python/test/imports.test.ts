import { describe, expect, test } from 'vitest';
import { packageOf } from '../src/dependencies/known-packages.js';
import { tellingPart } from '../src/dependencies/provided.js';
import { requirementHints, requirementName } from '../src/dependencies/requirements.js';
import { scanImports } from '../src/dependencies/scan-imports.js';

const needed = (source: string) =>
  scanImports(source)
    .filter(({ optional }) => !optional)
    .map(({ module, names, level }) => '.'.repeat(level) + module + (names.length > 0 ? `:${names.join(',')}` : ''));

describe('imports of a source', () => {
  test.for<[string, string[]]>([
    ['import yaml', ['yaml']],
    ['import a.b as c, d , e as f', ['a.b', 'd', 'e']],
    ['from yaml import load as l, dump', ['yaml:load,dump']],
    ['from a import (b,\n  c, # why\n  d as e,\n)', ['a:b,c,d']],
    ['from a import \\\n  b', ['a:b']],
    ['import a; import b\nx = 1; from c import d', ['a', 'b', 'c:d']],
    ['from . import x\nfrom ..y import z\nfrom .w import *', ['.:x', '..y:z', '.w']],
    ['def f():\n    import lazy\n    return lazy', ['lazy']],
    ['if x: import a\nelse: import b', ['a', 'b']],
    ['"""\nimport no\n"""\nimport yes', ['yes']],
    ["x = 'import no'\ny = '''import no\nimport no'''\n# import no\nimport yes", ['yes']],
    ['x = "it\\"s import no"\nimport yes', ['yes']],
    ['x = {\n"a":\nimport_me}\nimport yes', ['yes']],
    ['important = 1\nfrom_x = 2\nimporter.go()\nimport yes', ['yes']],
    ['try:\n    import fast\nexcept ImportError:\n    fast = None', []],
    ['try:\n    import fast\nexcept (ValueError, ModuleNotFoundError) as e:\n    import slow', []],
    ['try:\n    import a\nexcept ValueError:\n    pass', ['a']],
    ['try: import a\nexcept: pass\nimport b', ['b']],
    ['try:\n    import a\nfinally:\n    pass', ['a']],
    [
      'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import types_only\nimport b',
      ['typing:TYPE_CHECKING', 'b'],
    ],
    ['import typing\nif typing.TYPE_CHECKING:\n    from a import B\nelse:\n    import c', ['typing', 'c']],
    ['class A:\n\tdef f(self):\n\t\timport tabs\n', ['tabs']],
    ['import größe', ['größe']],
    ['import', []],
    ['from a import', []],
    ['def broken(:\n  import a', []],
    ['x = "no end\nimport a', ['a']],
    ['', []],
    ['\ufeffimport a', ['a']],
    ['import a\r\nimport b\r\n', ['a', 'b']],
  ])('%j', ([source, expected]) => {
    expect(needed(source)).toEqual(expected);
  });
});

test.for<[string, string | null]>([
  ['yaml', 'PyYAML'],
  ['PIL.Image', 'Pillow'],
  ['cv2', 'opencv-python-headless'],
  ['sklearn.linear_model.Ridge', 'scikit-learn'],
  ['bs4', 'beautifulsoup4'],
  ['dateutil.parser', 'python-dateutil'],
  ['dotenv', 'python-dotenv'],
  ['jwt', 'PyJWT'],
  ['google.cloud.storage.Client', 'google-cloud-storage'],
  ['google.protobuf.message', 'protobuf'],
  ['google', null],
  ['google.unheard_of', null],
  ['azure.storage.blob.BlobClient', 'azure-storage-blob'],
  ['requests', 'requests'],
  ['flask_restx', 'flask-restx'],
  ['größe', null],
])('the package of %s is %s', ([module, expected]) => {
  expect(packageOf(module)).toBe(expected);
});

test.for([
  ['yaml.constructor', 'yaml'],
  ['google.cloud.storage.blob', 'google.cloud.storage'],
  ['google.protobuf.message', 'google.protobuf'],
] as const)('what tells packages apart in %s is %s', ([module, expected]) => {
  expect(tellingPart(module)).toBe(expected);
});

test.for<[string, string[]]>([
  ['#@requirements six', ['six']],
  ['# @requirements: requests==2.31.0 PyYAML>=6,<7', ['requests==2.31.0', 'PyYAML>=6,<7']],
  ['#@requirements a, b ,c', ['a', 'b', 'c']],
  ['#@requirements a >= 1 b', ['a>=1', 'b']],
  ['#@requirements a[x]>=1\n#@requirements b', ['a[x]>=1', 'b']],
  ['x = "#@requirements no"', []],
  ['#@requirements', []],
  [`${'\n'.repeat(29)}#@requirements last`, ['last']],
  [`${'\n'.repeat(30)}#@requirements late`, []],
])('hints of %j', ([source, expected]) => {
  expect(requirementHints(source)).toEqual(expected);
});

test.for<[string, string | null]>([
  ['Requests[socks]>=2 ; python_version > "3"', 'requests'],
  ['Py.YAML', 'py-yaml'],
  ['six @ https://example/six.whl', 'six'],
  ['git+https://example/x.git#egg=My_Pkg', 'my-pkg'],
  ['./local', null],
  ['--index-url https://x', null],
  ['-e .', null],
])('the name of %s is %s', ([requirement, expected]) => {
  expect(requirementName(requirement)).toBe(expected);
});
