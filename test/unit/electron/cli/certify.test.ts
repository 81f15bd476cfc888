import { describe, expect, it } from 'vitest';
import { runCli } from '../../../../electron/cli/run.ts';
import { systemClock } from '../../../../electron/platform/clock.ts';

async function certify(...args: string[]) {
  let [out, err] = ['', ''];
  const code = await runCli(['certify', '--model', 'm.onnx', '--data', 'd', ...args], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    signal: new AbortController().signal,
    clock: systemClock,
  });
  return { code, out, err };
}

describe('kenro certify', () => {
  it.each([
    [[], '--sigma is missing'],
    [['--sigma', 'much'], '--sigma needs numbers above 0'],
    [['--sigma', '11'], '--sigma needs a number up to 10'],
    [['--sigma', '0.1', '--radius=-1'], '--radius needs numbers above 0'],
    [['--sigma', '0.1', '--radius', ' '], '--radius needs numbers above 0'],
    [['--sigma', '0.1', '--alpha', '0'], '--alpha needs a number from'],
    [['--sigma', '0.1', '--n', '0'], '--n needs a whole number from 1'],
    [['--sigma', '0.1', '--n0', '1.5'], '--n0 needs a whole number from 1'],
    [['--sigma', '0.1', '--sequential', 'luck'], '--sequential must be betting, bonferroni, none'],
  ])('refuses %j before it reads anything', async (args, reason) => {
    const run = await certify(...args);
    expect(run).toMatchObject({ code: 2, out: '' });
    expect(run.err).toContain(reason);
  });

  it('takes fractions and a radius of nothing, and names the folder that is not there', async () => {
    const run = await certify('--sigma', '2/255', '--radius', '0');
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toMatch(/folder ".*d" does not exist/);
  });
});
