import { describe, expect, it } from 'vitest';
import { paretoBars } from '../../../renderer/src/charts/paretoChart.ts';
import { HistoryState } from '../../../renderer/src/state/history.svelte.ts';
import { TeachState } from '../../../renderer/src/state/teach.svelte.ts';
import type { FakeStation } from '../../support/fakeStation.ts';
import { pageStates } from './pageStates.ts';

const lastRequest = (fake: FakeStation, name: string) =>
  fake.calls.findLast((call) => call.name === name)?.request;

describe('making a classifier from class folders', () => {
  it('counts the classes, takes by name which mean OK, and asks for what the form holds', async () => {
    const { station, fake } = await pageStates();
    const teach = new TeachState(station);
    expect(teach.missingForClasses).toBe('classFolder');
    const counting = teach.classes.choose('/classes');
    expect(teach.classes.busy).toBe(true);
    await counting;
    expect(teach.classes.survey?.classes).toHaveLength(3);
    expect(teach.classes.okLabels).toEqual(['ok']);
    expect(teach.missingForClasses).toBeNull();
    teach.classes.toggle('ok');
    expect(teach.missingForClasses).toBe('okClass');
    for (const label of ['ok', 'dent', 'scratch']) teach.classes.toggle(label);
    expect(teach.missingForClasses).toBe('defectClass');
    teach.classes.toggle('scratch');
    teach.size = 128;
    await teach.startClasses('Sorter');
    expect(lastRequest(fake, 'classifier.teach')).toEqual({
      ...{ productId: 1, name: 'Sorter', images: '/classes', okLabels: ['ok', 'dent'] },
      ...{ backboneId: 1, size: 128, seed: 1, correction: { by: 'measured' }, leftOut: [] },
    });
    expect(teach.jobs).toHaveLength(1);
    teach.classes.correction.by = 'user';
    expect(teach.missingForClasses).toBe('reason');
  });

  it('says why a folder cannot be used', async () => {
    const { station, fake } = await pageStates();
    const { classes } = new TeachState(station);
    fake.failures.set('classifier.survey', { kind: 'folderEmpty', params: { path: '/empty' } });
    await classes.choose('/empty');
    expect([classes.error?.kind, classes.survey, classes.busy]).toEqual(['folderEmpty', null, false]);
  });
});

describe('importing a classifier', () => {
  it('wants a name of its own for every class, and one at least that means OK', async () => {
    const { station, fake } = await pageStates();
    const teach = new TeachState(station);
    const draft = teach.imported;
    expect(draft.missing).toBe('file');
    await draft.describe('/models/sorter.onnx');
    expect(draft.missing).toBe('labels');
    draft.text = 'ok\nok\nburr';
    expect(draft.missing).toBe('twice');
    draft.text = 'a\nb\nc\n';
    expect(draft.missing).toBe('okClass');
    await draft.readLabels('/models/labels.txt');
    expect(draft.labels).toEqual(['dent', 'ok', 'scratch']);
    expect(draft.okLabels).toEqual(['ok']);
    expect(draft.missing).toBeNull();
    draft.mean = 'x';
    expect(draft.missing).toBe('pixels');
    draft.mean = '0';
    draft.heldOut = '/classes';
    await teach.startImport('Imported');
    expect(lastRequest(fake, 'classifier.import')).toMatchObject({
      ...{ productId: 1, name: 'Imported', path: '/models/sorter.onnx', heldOut: '/classes' },
      ...{ labels: ['dent', 'ok', 'scratch'], okLabels: ['ok'], preprocess: { mean: [0, 0, 0] } },
    });
  });
});

describe('the Pareto chart', () => {
  it('puts the rarest types into one bar, and its line ends at everything', () => {
    const defects = Array.from({ length: 20 }, (_, at) => ({ label: `d${at}`, parts: 40 - at, ng: 0 }));
    const bars = paretoBars(defects);
    const total = defects.reduce((sum, { parts }) => sum + parts, 0);
    expect(bars).toHaveLength(12);
    expect(bars[0]).toEqual({ label: 'd0', parts: 40, share: 40 / total });
    expect(bars.at(-1)).toMatchObject({ label: null, share: 1 });
    expect(bars.reduce((sum, { parts }) => sum + parts, 0)).toBe(total);
    expect(paretoBars(defects.slice(0, 12)).map(({ label }) => label)).not.toContain(null);
    expect(paretoBars([])).toEqual([]);
  });

  it('is asked for only while it is shown, for all types whichever the list is narrowed down to', async () => {
    const { station, fake } = await pageStates();
    const history = new HistoryState(station);
    await history.newest();
    expect(lastRequest(fake, 'history.defects')).toBeUndefined();
    history.showPareto(true);
    await history.setFilter({ label: 'dent', productId: 1 });
    expect(lastRequest(fake, 'history.defects')).toMatchObject({ filter: { label: null, productId: 1 } });
    expect(lastRequest(fake, 'history.page')).toMatchObject({ filter: { label: 'dent' } });
    expect(history.filtered).toBe(true);
  });
});
