import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { KenroError } from '../../../electron/contract/errors.ts';
import { readLabels } from '../../../electron/engine/calls/classifiers.ts';
import { csvLines, parseCsv } from '../../../electron/learning/csv.ts';
import { readDataset } from '../../../electron/learning/dataset.ts';
import { csvLine } from '../../../electron/report/csv.ts';
import { describeTable, readTable } from '../../../electron/station/review/downstreamTable.ts';
import { parseLabels } from '../../../native-models/detectors/labels.ts';
import { fateOf, fuzz } from '../../support/fuzz.ts';
import { applyEdits, mutants, type Mutant } from '../../support/fuzzBytes.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const isExpected = (thrown: unknown) => thrown instanceof KenroError;
const megabytes = 8_000_000;

const intact = [
  'path,label,split,group,weight\na.png,ok,train,g1,1\n"b,c.png",scratch,test,,0.5\n',
  '\uFEFFserial;判定;lot\r\nSN1;良;A\r\nSN2;"不良 ""傷""";B\r\n',
  'SN1\tOK\nSN2\tNG\n',
].map((text) => Buffer.from(text));
// Shift_JIS, and UTF-16 with its mark.
intact.push(Buffer.from('path,label\n\x89\xe6\x91\x9c.png,ok\n', 'latin1'));
intact.push(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('path,label\na.png,ok\n', 'utf16le')]));

/** Texts that were made to do harm, by what they try. */
const hostile: Readonly<Record<string, () => Uint8Array>> = {
  nothing: () => new Uint8Array(),
  'no text': () => Buffer.from([0, 1, 2, 3, 0xff]),
  'half a letter': () => Buffer.from([0xe3, 0x81]),
  'one field': () => Buffer.from(`"${'a'.repeat(megabytes)}`),
  'one field of quotes': () => Buffer.from(`"${'""'.repeat(megabytes / 2)}`),
  'one field of line ends': () => Buffer.from(`"${'\n'.repeat(megabytes)}`),
  'one row': () => Buffer.from(','.repeat(megabytes)),
  'one row as wide as can be, and many rows': () =>
    Buffer.from(`path,label${',x'.repeat(900)}\n${'a\n'.repeat(90_000)}`),
  'very many rows': () => Buffer.from(`path,label\n${'a\n'.repeat(megabytes / 2)}`),
  'empty rows': () => Buffer.from('\n'.repeat(megabytes)),
  'different values in every cell': () =>
    Buffer.from(Array.from({ length: 100_000 }, (_, i) => `${i},a${i},b${i},c${i}`).join('\n')),
  'rows of quotes': () => Buffer.from('"\n'.repeat(megabytes / 2)),
  'names of places': () =>
    Buffer.from('path,label\n../../../../etc/passwd,ok\n/dev/zero,ok\npipe.png,ng\n\\\\host\\x,ng\n'),
  'names that objects have': () =>
    Buffer.from('path,label,__proto__\na,__proto__,x\nb,constructor,y\nc,toString,z\n'),
  'a column twice': () => Buffer.from('path,path,label\na,b,ok\n'),
};

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

/** All that reads tables from outside. */
async function readAll(bytes: Uint8Array) {
  const path = join(folder, 'table.csv');
  writeFileSync(path, bytes);
  const fates = [
    await fateOf(async () => describeTable(path, await readTable(path)), isExpected),
    await fateOf(() => readDataset(path), isExpected),
    await fateOf(() => readLabels({ path }), isExpected),
  ];
  return fates.includes('taken') ? ('taken' as const) : ('refused' as const);
}

test('damaged and hostile tables are read or refused, within the bounds', async () => {
  await fuzz<Mutant | string>({
    name: 'tables',
    inputs: mutants(intact.length),
    corpus: Object.keys(hostile),
    attempt: (input) =>
      readAll(typeof input === 'string' ? hostile[input]!() : applyEdits(intact[input.file]!, input.edits)),
    usualRuns: 400,
    bounds: { blockMs: 8_000, memoryMb: 1_200 },
  });
  expect(readdirSync(folder)).toEqual(['table.csv']);
});

test('while a table is read the line has its turns', async () => {
  const path = join(folder, 'table.csv');
  writeFileSync(path, `serial,result,lot\n${'SN00012345,OK,LOT-77\n'.repeat(95_000)}`);
  let turns = 0;
  let next: NodeJS.Immediate;
  const take = () => {
    turns++;
    next = setImmediate(take);
  };
  take();
  const { lines } = await readTable(path);
  clearImmediate(next!);
  expect(lines).toHaveLength(95_001);
  expect(turns).toBeGreaterThan(5);
});

test('a label file that would take the square of its length does not', () => {
  const start = process.threadCpuUsage();
  parseLabels(`{${"\\'".repeat(500_000)}'\\'`);
  parseLabels(`{'${"\\'".repeat(500_000)}\\\n`);
  parseLabels(`[${"'\\\n".repeat(300_000)}`);
  parseLabels(`0${' '.repeat(100_000)}a\u2028b\n1 c`);
  parseLabels(`${'['.repeat(1_000_000)}`);
  const { user } = process.threadCpuUsage(start);
  expect(user / 1000).toBeLessThan(5_000);
});

test('data sets: pipes, devices and links are no images that are waited for, and names are no places to write', async () => {
  const set = join(folder, 'set');
  mkdirSync(join(set, 'ok'), { recursive: true });
  mkdirSync(join(set, '__proto__'));
  writeFileSync(join(set, 'ok', 'a.png'), 'x');
  writeFileSync(join(set, '__proto__', 'b.png'), 'x');
  if (process.platform !== 'win32') symlinkSync('..', join(set, 'ok', 'up'));
  const { samples } = await readDataset(set);
  expect(samples.map(({ label }) => label).sort()).toEqual(['__proto__', 'ok']);
  if (process.platform === 'win32') return;
  execFileSync('mkfifo', [join(folder, 'table.csv')]);
  for (const path of [join(folder, 'table.csv'), '/dev/zero']) {
    await expect(readTable(path)).rejects.toThrow(/notFound/);
    await expect(readDataset(path)).rejects.toThrow(KenroError);
    await expect(readLabels({ path })).rejects.toThrow(/labelsWrong.*no regular file/);
  }
});

test('exported text comes back as one cell, by any separator, and is no formula', () => {
  const hostileText = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.tuple(fc.constantFrom(...'=+-@＝＋－＠\t\r\n'), fc.string()).map(([sign, rest]) => sign + rest),
    fc.constantFrom(
      '=cmd|"/c calc"!A1',
      'a;=1+1',
      '"=1+1',
      "'=1",
      '\n=1',
      'x\t=1+1',
      '=HYPERLINK("http://x","y")',
    ),
  );
  fc.assert(
    fc.property(fc.array(hostileText, { minLength: 1, maxLength: 4 }), (cells) => {
      const written = csvLine(['first', ...cells]);
      for (const separator of [',', ';', '\t']) {
        const fields = [...csvLines(written, separator)].flatMap((row) => row?.fields ?? []);
        for (const field of fields) expect(field).not.toMatch(/^[=+\-@＝＋－＠]/);
      }
      const [back, ...more] = parseCsv(written);
      expect(more).toEqual([]);
      // Nothing is lost; apostrophes may have come in.
      const plain = (text: string) => text.replaceAll("'", '');
      expect(back!.slice(1).map(plain)).toEqual(cells.map(plain));
    }),
    { numRuns: 500, seed: 1 },
  );
});
