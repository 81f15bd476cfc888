import type { ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser';

/**
 * The arrows of the house: each layer may import itself and what stands in its list, nothing else of ours.
 * `test/architecture` plants forbidden imports to prove that the rules bite.
 */
export const layers: Readonly<Record<string, readonly string[]>> = {
  renderer: ['electron/contract'],
  'electron/preload': ['electron/contract'],
  'electron/contract': [],
  'electron/platform': ['electron/contract'],
  'electron/store': ['electron/contract', 'electron/platform'],
  'electron/engine': ['electron/contract', 'electron/platform', 'native-models'],
  'electron/station': [
    'electron/learning',
    'electron/rollout',
    'electron/report',
    'electron/store',
    'electron/engine',
    'electron/contract',
    'electron/platform',
  ],
  'electron/learning': ['electron/store', 'electron/engine', 'electron/contract', 'electron/platform'],
  'electron/rollout': ['electron/store', 'electron/engine', 'electron/contract', 'electron/platform'],
  'electron/report': ['electron/store', 'electron/engine', 'electron/contract', 'electron/platform'],
  'electron/main': upper(),
  'electron/browserShell': upper(),
  'electron/cli': [...upper(), 'electron/browserShell'],
  'native-models': [],
};

function upper(): string[] {
  return ['station', 'learning', 'rollout', 'report', 'store', 'engine', 'contract', 'platform'].map(
    (name) => `electron/${name}`,
  );
}

const ours = '^(electron|renderer|native-models|build|test)/';

const layerRules: IForbiddenRuleType[] = Object.entries(layers).map(([layer, allowed]) => ({
  name: `arrow:${layer}`,
  severity: 'error',
  from: { path: `^${layer}/` },
  to: { path: ours, pathNot: [layer, ...allowed].map((name) => `^${name}/`) },
}));

const packageRules: IForbiddenRuleType[] = [
  only('onnxruntime', '(^|/)node_modules/onnxruntime-', '^native-models/runtime/'),
  only('sqlite', '(^|/)node_modules/better-sqlite3', '^electron/store/'),
  only('electron', '(^|/)node_modules/electron/', '^electron/(main|preload)/'),
  only('protobuf', '(^|/)node_modules/@bufbuild/', '^native-models/onnx/'),
  {
    name: 'package:renderer-is-a-web-page',
    severity: 'error',
    from: { path: '^(renderer|electron/contract)/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'imports-lead-somewhere',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-circles',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
];

/** Only `importers` may import what lies at `packagePath`. */
function only(name: string, packagePath: string, importers: string): IForbiddenRuleType {
  return {
    name: `package:${name}`,
    severity: 'error',
    from: { path: '^(electron|renderer|native-models)/', pathNot: importers },
    to: { path: packagePath },
  };
}

export const rules: readonly IForbiddenRuleType[] = [...layerRules, ...packageRules];

export const options: ICruiseOptions = {
  doNotFollow: { path: 'node_modules' },
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    exportsFields: ['exports'],
    conditionNames: ['import', 'node', 'default'],
    extensions: ['.ts', '.js', '.svelte', '.json'],
  },
};
