/** `npm run audit`: known vulnerabilities of the packages, told apart by whether they are delivered. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './folders.ts';
import { freshPage } from './freshness.ts';
import { thisTarget } from './packaging/natives.ts';
import { packagesInPage } from './packaging/packagePapers.ts';
import { shippedPackages } from './packaging/shippedPackages.ts';

/** What is used of `npm audit --json` (audit report version 2). */
interface Report {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
  readonly message?: string;
  readonly error?: { readonly summary?: string };
}
/** Ends with 1 for a vulnerability in what is delivered, and with 3 where nothing could be asked. */
export interface Audit {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1 | 3;
}

/**
 * @param output of `npm audit --json`
 * @param delivered names of the packages whose code is in what is delivered
 */
export function readAudit(output: string, delivered: ReadonlySet<string>): Audit {
  const report = parse(output);
  if (report?.vulnerabilities === undefined) {
    const why = report?.error?.summary || report?.message || 'npm gave no answer';
    return { lines: [`Not checked: the registry of npm could not be asked (${why.trim()}).`], exitCode: 3 };
  }
  const found = Object.entries(report.vulnerabilities);
  const told = (isDelivered: boolean) =>
    found
      .filter(([name]) => delivered.has(name) === isDelivered)
      .map(([name, { severity, range }]) => `  ${name} ${range}: ${severity}`);
  const [inside, outside] = [told(true), told(false)];
  return {
    lines: [
      `Known vulnerabilities in packages that are delivered: ${inside.length}`,
      ...inside,
      `In tools of developers alone: ${outside.length}`,
      ...outside,
    ],
    exitCode: inside.length === 0 ? 0 : 1,
  };
}

function parse(output: string): Report | null {
  try {
    return JSON.parse(output) as Report;
  } catch {
    return null;
  }
}

if (process.argv[1] === import.meta.filename) {
  const shell = process.platform === 'win32';
  const { stdout } = spawnSync('npm', ['audit', '--json'], { cwd: root, encoding: 'utf8', shell });
  await freshPage(console.log);
  const delivered = shippedPackages(join(root, 'package-lock.json'), packagesInPage(), thisTarget);
  const { lines, exitCode } = readAudit(stdout, new Set(delivered.map(({ name }) => name)));
  console.log(lines.join('\n'));
  process.exitCode = exitCode;
}
